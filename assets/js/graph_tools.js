// What stands around a graph: its search field, the small map of the whole, and its export as SVG, PNG and DOT.
"use strict";

PP.graphTools = {};

{
const MAP = { width: 168, height: 116, least: 26, pad: 8 };
const GEOMETRY = new Set("x y width height rx d transform text-anchor".split(" "));
const FONT = ["font-family", "font-size", "font-weight"], STROKE = ["stroke-width", "stroke-dasharray", "stroke-linecap"];
const MAXIMUM_PIXELS = 24e6, MAXIMUM_SIDE = 12000, EXPORT_MARGIN = 20, PNG_SCALE = 2;

/** A search in `field`: hits of `nodes()`, go(node, place) at Enter, mark(set of ids) while typing. */
PP.graphTools.search = ({ field, count, nodes, go, mark, leave, t, signal }) => {
  let hits = [], place = -1;
  const tell = () => {
    count.textContent = !field.value.trim() ? "" : hits.length ? t("search_count", { place: Math.max(place + 1, 0), count: hits.length }) : t("search_none");
  };
  const find = () => {
    const wanted = field.value.trim().toLowerCase();
    const holds = (node) => ["title", "badge", "group", "subtitle"].some((name) => String(node[name] ?? "").toLowerCase().includes(wanted));
    hits = wanted ? nodes().filter(holds) : [];
    place = -1;
    mark(new Set(hits.map(({ id }) => id)));
    tell();
  };
  field.addEventListener("input", find, { signal });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      field.value = "";
      find();
      leave();
    }
    if (event.key !== "Enter" || !hits.length) return;
    event.preventDefault();
    place = (place + (event.shiftKey ? hits.length - 1 : 1) + (place < 0 && event.shiftKey ? 1 : 0)) % hits.length;
    tell();
    go(hits[place]);
  }, { signal });
  return { refresh: find };
};

/** A map of the whole drawing on a canvas; a click or a drag on it moves the view. A long chain is widened to be seen. */
PP.graphTools.map = ({ canvas, size, boxes, color, camera, signal }) => {
  const context = canvas.getContext("2d");
  let scale = { x: 1, y: 1 }, due = 0;
  function measure() {
    const { width, height } = size(), fits = Math.min(MAP.width / Math.max(width, 1), MAP.height / Math.max(height, 1));
    scale = { x: Math.max(fits, Math.min(MAP.least, width) / Math.max(width, 1)), y: Math.max(fits, Math.min(MAP.least, height) / Math.max(height, 1)) };
    const ratio = window.devicePixelRatio || 1, [wide, high] = [width * scale.x + MAP.pad, height * scale.y + MAP.pad];
    canvas.width = Math.round(wide * ratio);
    canvas.height = Math.round(high * ratio);
    Object.assign(canvas.style, { width: `${wide}px`, height: `${high}px` });
    context.setTransform(ratio, 0, 0, ratio, (MAP.pad / 2) * ratio, (MAP.pad / 2) * ratio);
  }
  function draw() {
    if (canvas.hidden) return;
    measure();
    for (const box of boxes()) {
      context.fillStyle = color(box);
      const [width, height] = [Math.max(1.5, box.width * scale.x), Math.max(1, box.height * scale.y)];
      context.fillRect(box.x * scale.x - width / 2, box.y * scale.y - height / 2, width, height);
    }
    const { x, y, scale: zoom, width, height } = camera.seen();
    context.strokeStyle = PP.color("--pp-accent");
    context.lineWidth = 1.5;
    context.strokeRect((-x / zoom) * scale.x, (-y / zoom) * scale.y, Math.max(4, (width / zoom) * scale.x), Math.max(3, (height / zoom) * scale.y));
  }
  const move = (event) => {
    const place = canvas.getBoundingClientRect();
    camera.centre((event.clientX - place.left - MAP.pad / 2) / scale.x, (event.clientY - place.top - MAP.pad / 2) / scale.y);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    move(event);
  }, { signal });
  canvas.addEventListener("pointermove", (event) => { if (canvas.hasPointerCapture(event.pointerId)) move(event); }, { signal });
  return {
    redraw: () => {
      cancelAnimationFrame(due);
      due = requestAnimationFrame(draw);
    },
  };
};

/** A colour as every program reads it: CSS functions such as color-mix become #rrggbb and an opacity. */
const plainColor = (() => {
  const known = new Map();
  let context = null;
  return (css) => {
    if (known.has(css)) return known.get(css);
    context ??= PP.make("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = css;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    const hex = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    known.set(css, [hex, alpha / 255]);
    return known.get(css);
  };
})();

/** The drawing as the text of an SVG file that needs nothing else. */
PP.graphTools.toSVG = (content, { width, height }) => {
  const { svg } = PP.graphDraw, margin = EXPORT_MARGIN;
  const copy = plain(content);
  copy.removeAttribute("transform");
  const [wide, high] = [Math.ceil(width + 2 * margin), Math.ceil(height + 2 * margin)];
  const file = svg("svg", { width: wide, height: high, viewBox: `${-margin} ${-margin} ${wide} ${high}` },
    svg("rect", { x: -margin, y: -margin, width: wide, height: high, fill: plainColor(PP.color("--pp-paper") || "#ffffff")[0] }), copy);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(file)}`;
};

/** A copy with the colours written out; what is not seen is left out. */
function plain(node) {
  const style = getComputedStyle(node), isShape = node.nodeName !== "g";
  if (node.nodeName === "title" || style.display === "none" || style.visibility === "hidden") return null;
  if (isShape && style.fill === "none" && style.stroke === "none") return null;
  const copy = document.createElementNS(node.namespaceURI, node.nodeName);
  for (const { name, value } of node.attributes) if (GEOMETRY.has(name)) copy.setAttribute(name, value);
  if (isShape) {
    for (const name of ["fill", "stroke"]) paint(copy, name, style);
    for (const name of node.nodeName === "text" ? FONT : style.stroke === "none" ? [] : STROKE) copy.setAttribute(name, style.getPropertyValue(name));
  }
  if (style.opacity !== "1") copy.setAttribute("opacity", style.opacity);
  for (const child of node.childNodes) {
    const made = child.nodeType === Node.TEXT_NODE ? child.cloneNode() : plain(child);
    if (made) copy.append(made);
  }
  return copy;
}

function paint(copy, name, style) {
  const value = style.getPropertyValue(name);
  if (value === "none") {
    if (name === "fill") copy.setAttribute(name, "none");
    return;
  }
  const [color, alpha] = plainColor(value), opacity = alpha * Number(style.getPropertyValue(`${name}-opacity`));
  copy.setAttribute(name, color);
  if (opacity < 1) copy.setAttribute(`${name}-opacity`, opacity.toFixed(3));
}

/** The file of toSVG as a picture, twice as large as on the screen where that is possible. */
PP.graphTools.toPNG = async (text) => {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  try {
    await new Promise((resolve, reject) => {
      Object.assign(image, { onload: resolve, onerror: reject, src: address });
    });
    const { naturalWidth: width, naturalHeight: height } = image;
    const scale = Math.min(PNG_SCALE, MAXIMUM_SIDE / Math.max(width, height), Math.sqrt(MAXIMUM_PIXELS / (width * height)));
    const canvas = PP.make("canvas", { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  } finally {
    URL.revokeObjectURL(address);
  }
};

/** All nodes and edges in Graphviz's language, a cluster for each module. */
PP.graphTools.toDOT = ({ nodes, edges }, { root }) => {
  const quoted = (text) => `"${String(text).replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;
  const lines = ["digraph {", "  node [shape=box, style=rounded, fontname=monospace]"];
  const names = new Map(nodes.map(({ id }) => [id, quoted(id)]));
  let clusters = 0;
  const write = (items, indent) => {
    for (const { node, group } of items) {
      if (node) {
        lines.push(`${indent}${names.get(node.id)} [label=${quoted([node.title, node.badge, node.subtitle].filter(Boolean).join("\n"))}]`);
        continue;
      }
      lines.push(`${indent}subgraph cluster_${clusters++} {`, `${indent}  label=${quoted(group.path)}`);
      write(group.items, `${indent}  `);
      lines.push(`${indent}}`);
    }
  };
  write(root.items, "  ");
  for (const { from, to, label, kind } of edges) {
    if (!names.has(from) || !names.has(to)) continue;
    const attributes = [label ? `label=${quoted(label)}` : "", kind === "cut" ? "style=dashed" : ""].filter(Boolean).join(", ");
    lines.push(`  ${names.get(from)} -> ${names.get(to)}${attributes ? ` [${attributes}]` : ""}`);
  }
  return `${[...lines, "}"].join("\n")}\n`;
};

PP.graphTools.download = (blob, name) => {
  const address = URL.createObjectURL(blob), link = PP.make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};
}
