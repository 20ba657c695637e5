// Activations and filters as small pictures, in the colours of the theme: bytes in base64 become a canvas.
"use strict";

{
const HEIGHT = 28, STRIP_WIDTH = 116, STRIP_HEIGHT = 12;
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const rgb = (name) => {
  const hex = PP.color(name).replace("#", "");
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
};
const mixed = (one, other, share) => one.map((value, place) => value + (other[place] - value) * share);

/** 256 colours: from paper to ink; or from the second colour over paper to the accent, where 128 is zero. */
const scales = {
  grey: () => { const from = rgb("--pp-panel"), to = rgb("--pp-text"); return Array.from({ length: 256 }, (_, byte) => mixed(from, to, byte / 255)); },
  signed: () => {
    const zero = rgb("--pp-panel"), low = rgb("--pp-second"), high = rgb("--pp-accent");
    return Array.from({ length: 256 }, (_, byte) => mixed(zero, byte < 128 ? low : high, Math.min(1, Math.abs(byte - 128) / 127)));
  },
};

// Whole pixels, red first, as the little-endian memory of an ImageData has them; made once for a theme.
const known = {};
const colorsOf = (scale) => (known[scale] ??= Uint32Array.from(scales[scale](), ([red, green, blue]) => ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0));

function draw(canvas) {
  const { data, maps, height, width, gap, perLine, scale } = canvas.picture, colors = colorsOf(scale), context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (let map = 0; map < maps; map++) {
    const image = context.createImageData(width, height), pixels = new Uint32Array(image.data.buffer), start = map * width * height;
    for (let place = 0; place < pixels.length; place++) pixels[place] = colors[data[start + place]];
    context.putImageData(image, (map % perLine) * (width + gap), Math.floor(map / perLine) * (height + gap));
  }
}
PP.onTheme(() => {
  for (const scale of Object.keys(known)) delete known[scale];
  for (const canvas of document.querySelectorAll(".pp-picture")) draw(canvas);
});

/** A picture as the server gives it. most: maps that are drawn; perLine: of them side by side; side: pixels on the page of one map's height;
 * scale: grey or signed; label: what it shows. */
PP.picture = (image, { most = 16, perLine = most, side = HEIGHT, scale = "grey", label = "" } = {}) => {
  let { maps, height, width } = image;
  if (height === 1 && width === 1) [width, maps] = [maps, 1]; // one number a channel: a vector
  maps = Math.min(maps, most);
  const vector = height === 1, gap = vector ? 0 : Math.max(1, Math.round(height / 10)), across = Math.min(perLine, maps);
  const canvas = PP.make("canvas", { class: vector ? "pp-picture pp-is-vector" : "pp-picture", role: "img", "aria-label": label || null, "aria-hidden": label ? null : "true" });
  canvas.width = across * width + (across - 1) * gap;
  canvas.height = Math.ceil(maps / across) * (height + gap) - gap;
  const unit = side / height;
  canvas.style.width = vector ? `${Math.min(STRIP_WIDTH, 12 * width)}px` : `${canvas.width * unit}px`;
  canvas.style.height = vector ? `${STRIP_HEIGHT}px` : `${canvas.height * unit}px`;
  canvas.picture = { data: bytesOf(image.pixels), maps, height, width, gap, perLine: across, scale };
  draw(canvas);
  return canvas;
};

/** How numbers are spread: bars of a histogram. */
PP.spread = (counts, label) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), highest = Math.max(...counts, 1);
  for (const [name, value] of Object.entries({ class: "pp-spread", viewBox: `0 0 ${counts.length} 24`, preserveAspectRatio: "none", role: "img", "aria-label": label })) svg.setAttribute(name, value);
  counts.forEach((count, place) => {
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect"), height = count ? Math.max(0.8, (24 * count) / highest) : 0;
    for (const [name, value] of Object.entries({ x: place + 0.1, y: 24 - height, width: 0.8, height })) bar.setAttribute(name, value);
    svg.append(bar);
  });
  return svg;
};
}
