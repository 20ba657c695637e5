// A tensor as a grid of coloured numbers, its slices side by side; a large one as an image.
"use strict";

PP.cells = {};

const CELLS_SHOWN = 400, SLICES_SHOWN = 6, LINE_SHOWN = 18, LINE_END = 3;

/** Which places of a row or column are shown: all, or the first and the last with null for the gap. */
PP.cells.places = (length) => (length <= LINE_SHOWN ? Array.from({ length }, (_, place) => place)
  : [...Array.from({ length: LINE_SHOWN - LINE_END - 1 }, (_, place) => place), null,
    ...Array.from({ length: LINE_END }, (_, place) => length - LINE_END + place)]);

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
  return integer ? String(value) : PP.cells.number(value);
};

/** A float in a cell: four digits, but never another whole number; the exact value is the cell's title. */
PP.cells.number = (value) => {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return String(value);
  if (size >= 1e7 || (size && size < 1e-3)) return value.toExponential(2);
  return String(Number(size >= 1000 ? value.toFixed(1) : value.toPrecision(4)));
};

/** The grid of one tensor: {node, cells}, cells[flat index] is the element of that number, where it is shown. */
PP.cells.grid = ({ shape, values, dtype, summary, label }) => {
  const integer = !/float|complex/.test(dtype), complex = /complex/.test(dtype);
  const scale = PP.cells.scale(summary ?? PP.cells.extent(values));
  const cells = [];
  const make = (value, index) => {
    const cell = PP.make("td", { "data-cell": index, title: typeof value === "number" && !integer ? String(value) : null }, PP.cells.text(value, integer));
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
      const across = PP.cells.places(columns);
      const gap = () => PP.make("td", { class: "pp-gap" }, "…");
      for (const row of PP.cells.places(rows)) {
        const line = PP.make("tr");
        for (const column of across) {
          const index = slice * size + row * columns + column;
          line.append(row === null || column === null ? gap() : make(flat[index], index));
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

/** A large tensor: one pixel a number, thinned by the server; blue below zero and red above, as in the cells. */
PP.cells.image = ({ image, summary }) => {
  const rows = image.values.length, columns = image.values[0]?.length ?? 0;
  const canvas = PP.make("canvas", { class: "pp-tensor-image", width: columns || 1, height: rows || 1 });
  const context = canvas.getContext("2d"), picture = context.createImageData(columns || 1, rows || 1);
  const scale = PP.cells.scale(summary), ends = { below: [47, 111, 179], above: [217, 71, 43], none: [181, 23, 158] };
  image.values.flat().forEach((value, index) => {
    const strength = scale(value), finite = Number.isFinite(strength);
    const colour = finite ? (strength < 0 ? ends.below : ends.above) : ends.none;
    picture.data.set([...colour, finite ? Math.round(255 * Math.min(1, Math.abs(strength))) : 255], 4 * index);
  });
  context.putImageData(picture, 0, 0);
  return canvas;
};

const SIGNS = {
  add: "+", sub: "-", mul: "*", truediv: "/", floordiv: "//", mod: "%", pow: "**", matmul: "@", and: "&", or: "|", xor: "^",
  lshift: "<<", rshift: ">>", eq: "==", ne: "!=", lt: "<", le: "<=", gt: ">", ge: ">=", neg: "-", pos: "+", invert: "~",
  getitem: "[ ]", setitem: "[ ] =",
};

/** An operation's name as it is written: Tensor.__add__ and __radd__ are +, __iadd__ is +=, any other name itself. */
PP.operationName = (op) => {
  const name = op.match(/^Tensor\.__(\w+)__$/)?.[1];
  if (!name) return op;
  if (SIGNS[name]) return SIGNS[name];
  const sign = SIGNS[name.slice(1)];
  return sign ? `${sign}${name[0] === "i" ? "=" : ""}` : op;
};

PP.shape = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
