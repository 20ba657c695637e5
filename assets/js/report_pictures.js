// Test images as small pictures: bytes in base64, 784 to an image, white ink on black as they are stored.
"use strict";

PP.digitBytes = (pixels) => Uint8Array.from(atob(pixels), (letter) => letter.charCodeAt(0));

/** One image of 28×28. place: which of the bytes; label: what a screen reader says. */
PP.digit = (bytes, place, label) => {
  const canvas = PP.make("canvas", { width: 28, height: 28, role: "img", "aria-label": label, title: label });
  const context = canvas.getContext("2d"), image = context.createImageData(28, 28), start = 784 * place;
  for (let pixel = 0; pixel < 784; pixel++) image.data.set([bytes[start + pixel], bytes[start + pixel], bytes[start + pixel], 255], 4 * pixel);
  context.putImageData(image, 0, 0);
  return canvas;
};

/** A list of images with a line or two under each: items of {label, lines}. */
PP.digitList = (pixels, items) => {
  const bytes = PP.digitBytes(pixels);
  return PP.make("ul", { class: "pp-digits" }, ...items.map(({ label, lines }, place) => PP.make("li", {}, PP.digit(bytes, place, label), ...lines.map((line) => PP.make("span", {}, line)))));
};
