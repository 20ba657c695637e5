// A tensor as a grid of coloured numbers, its slices side by side; a large one as an image.
"use strict";

PP.cells = {};

const CELLS_SHOWN = 400, SLICES_SHOWN = 6;

/** How strong a value is in its tensor, -1 … 1: the colour of its cell. */
PP.cells.scale = (summary) => {
  const most = Math.max(Math.abs(summary?.min ?? 0), Math.abs(summary?.max ?? 0)) || 1;
  return (value) => (typeof value === "number" ? value / most : typeof value === "boolean" ? Number(value) : NaN);
};

PP.cells.color = (strength) => {
  if (!Number.isFinite(strength)) return "var(--pp-nan)";
  const share = Math.round(8 + 52 * Math.min(1, Math.abs(strength)));
  if (Math.abs(strength) < 1e-9) return "transparent";
  return `color-mix(in srgb, var(${strength < 0 ? "--pp-second" : "--pp-accent"}) ${share}%, transparent)`;
};

PP.cells.text = (value, integer) => {
  if (typeof value === "boolean") return value ? "T" : "F";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `${PP.number(value[0], 3)}${value[1] < 0 ? "" : "+"}${PP.number(value[1], 3)}j`;
  return integer ? String(value) : PP.number(value, 3);
};

/** The grid of one tensor: {node, cells}, cells[flat index] is the element of that number, where it is shown. */
PP.cells.grid = ({ shape, values, dtype, summary, label }) => {
  const integer = !/float|complex/.test(dtype), complex = /complex/.test(dtype);
  const scale = PP.cells.scale(summary ?? PP.cells.extent(values));
  const cells = [];
  const make = (value, index) => {
    const cell = PP.make("td", { "data-cell": index }, PP.cells.text(value, integer));
    cell.style.background = PP.cells.color(complex ? 0.2 : scale(value));
    cells[index] = cell;
    return cell;
  };
  const node = PP.make("div", { class: "pp-slices" });
  if (!shape.length) {
    node.append(PP.make("table", { class: "pp-grid pp-scalar" }, PP.make("tr", {}, make(values, 0))));
  } else {
    const rows = shape.length === 1 ? 1 : shape.at(-2), columns = shape.at(-1), size = rows * columns;
    const slices = size ? shape.reduce((product, length) => product * length, 1) / size : 0;
    const flat = complex ? values.flat(shape.length - 1) : values.flat(Infinity);
    const shown = Math.min(slices, SLICES_SHOWN, Math.max(1, Math.floor(CELLS_SHOWN / Math.max(size, 1))));
    for (let slice = 0; slice < shown; slice++) {
      const table = PP.make("table", { class: "pp-grid" });
      if (slices > 1) table.append(PP.make("caption", {}, PP.cells.sliceName(shape, slice)));
      for (let row = 0; row < rows; row++) {
        const line = PP.make("tr");
        for (let column = 0; column < columns; column++) {
          const index = slice * size + row * columns + column;
          line.append(make(flat[index], index));
        }
        table.append(line);
      }
      node.append(table);
    }
    if (slices > shown) node.append(PP.make("span", { class: "pp-more-slices" }, `+ ${slices - shown}`));
    if (!size || !slices) node.append(PP.make("span", { class: "pp-more-slices" }, `[${shape.join(", ")}]`));
  }
  return { node: PP.make("div", { class: "pp-grids" }, label ? PP.make("span", { class: "pp-grid-label" }, label) : null, node), cells };
};

/** [1, 0] of a (…, rows, columns) tensor's slice number 3. */
PP.cells.sliceName = (shape, slice) => {
  const place = [];
  for (let axis = shape.length - 3; axis >= 0; axis--) {
    place.unshift(slice % shape[axis]);
    slice = Math.floor(slice / shape[axis]);
  }
  return `[${place.join(", ")}]`;
};

PP.cells.extent = (values) => {
  const numbers = [values].flat(Infinity).filter((value) => typeof value === "number");
  return { min: Math.min(0, ...numbers), max: Math.max(0, ...numbers) };
};

/** A large tensor: one pixel a number, thinned by the server. */
PP.cells.image = ({ image, summary }) => {
  const rows = image.values.length, columns = image.values[0]?.length ?? 0;
  const canvas = PP.make("canvas", { class: "pp-tensor-image", width: columns || 1, height: rows || 1 });
  const context = canvas.getContext("2d"), picture = context.createImageData(columns || 1, rows || 1);
  const low = summary?.min ?? 0, span = (summary?.max ?? 1) - low || 1;
  image.values.flat().forEach((value, index) => {
    const share = typeof value === "number" ? (value - low) / span : 0;
    const [from, to] = [[24, 28, 40], [255, 196, 150]];
    for (let channel = 0; channel < 3; channel++) {
      picture.data[4 * index + channel] = typeof value === "number" ? from[channel] + share * (to[channel] - from[channel]) : 255 * (channel === 0);
    }
    picture.data[4 * index + 3] = 255;
  });
  context.putImageData(picture, 0, 0);
  return canvas;
};

PP.shape = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
