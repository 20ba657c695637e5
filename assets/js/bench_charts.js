// Charts of the benchmarks: bars, points against two axes, and areas that lie on one another.
"use strict";

PP.svg = (tag, attributes = {}, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

/** A time with three digits in the unit that suits it. */
PP.shortTime = (seconds) => {
  if (typeof seconds !== "number") return "–";
  if (seconds === 0) return "0 s";
  const [size, unit] = seconds >= 1 ? [1, "s"] : seconds >= 1e-3 ? [1e-3, "ms"] : [1e-6, "µs"];
  return `${PP.number(seconds / size, 3)} ${unit}`;
};

/** Bars under one another, all to one scale: rows of {name, value, text, note, below, kind, spread}; a value of null has no bar. */
PP.benchBars = (title, rows) => {
  const most = Math.max(...rows.map(({ value, spread }) => (value ?? 0) + (spread ?? 0) / 2), Number.MIN_VALUE);
  const share = (value) => `${(100 * value) / most}%`;
  return PP.make("figure", { class: "pp-bench-bars" }, PP.make("figcaption", {}, title), ...rows.map(({ name, value, text, note, below, kind, spread }) => PP.make("div", { class: `pp-bench-bar ${kind ?? ""}` },
    PP.make("b", {}, name),
    PP.make("span", { class: "pp-bench-track" },
      value === null || value === undefined ? null : PP.make("i", { style: `width:${share(value)}` }),
      spread ? PP.make("u", { style: `left:${share(Math.max(0, value - spread / 2))};width:${share(spread)}` }) : null),
    PP.make("span", { class: "pp-bench-figure" }, text, note ? PP.make("small", {}, note) : null), below ? PP.make("small", { class: "pp-bench-below" }, below) : null)));
};

/** Round numbers on an axis from 0 to beyond `most`. */
PP.axisMarks = (most, wanted = 4) => {
  const rough = most / wanted, power = 10 ** Math.floor(Math.log10(rough)), step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, place) => place * step);
};

// Wide margins: on a phone the letters are half as large again, and the name of the upright axis lies above it.
const BENCH_SIZE = { width: 640, height: 316, left: 92, right: 40, top: 34, bottom: 48 };

/** The frame of a chart: x and y give places, `marks` the grid. */
PP.benchFrame = ({ xMost, yMost, xText, yText, xLabel, yLabel }) => {
  const { width, height, left, right, top, bottom } = BENCH_SIZE, xs = xText ? PP.axisMarks(xMost) : [], ys = PP.axisMarks(yMost);
  const xEnd = xs.at(-1) ?? xMost, yEnd = ys.at(-1);
  const x = (value) => left + ((width - left - right) * value) / xEnd, y = (value) => height - bottom - ((height - top - bottom) * value) / yEnd;
  const grid = PP.svg("g", { class: "pp-bench-grid" },
    ...ys.map((value) => PP.svg("line", { x1: left, x2: width - right, y1: y(value), y2: y(value) })),
    ...ys.map((value) => PP.svg("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, yText(value))),
    ...xs.map((value) => PP.svg("text", { x: x(value), y: height - bottom + 21, "text-anchor": "middle" }, xText(value))),
    PP.svg("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle", class: "pp-bench-axis" }, xLabel),
    PP.svg("text", { x: 0, y: 18, class: "pp-bench-axis" }, yLabel));
  const chart = PP.svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "pp-bench-chart", role: "img", "aria-label": `${xLabel} · ${yLabel}` }, grid);
  return { chart, x, y, bounds: BENCH_SIZE };
};

/** Points of {x, y, name, kind, title}, joined in their order; `limit` draws a line across at that x. */
PP.benchPoints = ({ points, limit, line = true, ...axes }) => {
  const xMost = Math.max(...points.map((point) => point.x), limit ?? 0), yMost = Math.max(...points.map((point) => point.y));
  const { chart, x, y, bounds } = PP.benchFrame({ xMost, yMost, ...axes });
  const joined = points.filter((point) => !point.alone);
  if (line && joined.length > 1) chart.append(PP.svg("polyline", { class: "pp-bench-line", points: joined.map((point) => `${x(point.x)},${y(point.y)}`).join(" ") }));
  if (limit) chart.append(PP.svg("line", { class: "pp-bench-limit", x1: x(limit), x2: x(limit), y1: bounds.top, y2: bounds.height - bounds.bottom }));
  // Names of points that lie near each other take turns around them.
  const names = [], around = [[0, -11, "middle"], [12, 4, "start"], [-12, 4, "end"], [0, 21, "middle"]];
  for (const [place, point] of points.entries()) {
    const near = points.slice(0, place).filter((other) => Math.hypot(x(other.x) - x(point.x), y(other.y) - y(point.y)) < 26).length;
    const [right, down, anchor] = around[near % around.length];
    chart.append(PP.svg("circle", { class: `pp-bench-point ${point.kind ?? ""}`, cx: x(point.x), cy: y(point.y), r: 5.5 }, PP.svg("title", {}, point.title ?? point.name)));
    names.push(PP.svg("text", { class: "pp-bench-name", x: x(point.x) + right, y: y(point.y) + down, "text-anchor": anchor }, point.name));
  }
  chart.append(...names); // above all points, so that none hides one
  return chart;
};

/** Areas on one another over the moments of a step: `moments` of {[series]: bytes}, `series` of {name, kind}. */
PP.benchAreas = ({ moments, series, marks = [], tell, ...axes }) => {
  const sum = (moment) => series.reduce((total, { name }) => total + moment[name], 0);
  const { chart, x, y, bounds } = PP.benchFrame({ xMost: Math.max(moments.length - 1, 1), yMost: Math.max(...moments.map(sum)), ...axes });
  const below = moments.map(() => 0);
  for (const { name, kind } of series) {
    const lower = below.map((value, place) => `${x(place)},${y(value)}`).reverse();
    moments.forEach((moment, place) => { below[place] += moment[name]; });
    chart.append(PP.svg("polygon", { class: `pp-bench-area ${kind}`, points: [...below.map((value, place) => `${x(place)},${y(value)}`), ...lower].join(" ") }));
  }
  for (const { at, text } of marks) {
    const name = PP.svg("text", { class: "pp-bench-name", x: x(at) + 6, y: bounds.top + 10 }, text);
    chart.append(PP.svg("line", { class: "pp-bench-limit", x1: x(at), x2: x(at), y1: bounds.top, y2: bounds.height - bounds.bottom }), name);
    // Beside its line, where there is room for it: its letters are larger on a phone.
    new ResizeObserver(() => {
      const length = name.getComputedTextLength(), after = x(at) + 6;
      name.setAttribute("x", after + length <= bounds.width ? after : Math.max(0, x(at) - 6 - length >= 0 ? x(at) - 6 - length : bounds.width - length));
    }).observe(chart);
  }
  const cursor = PP.svg("line", { class: "pp-bench-cursor", y1: bounds.top, y2: bounds.height - bounds.bottom, visibility: "hidden" });
  chart.append(cursor);
  const point = (event) => {
    const box = chart.getBoundingClientRect(), at = (event.clientX - box.left) * (bounds.width / box.width);
    const place = Math.round(((at - bounds.left) / (bounds.width - bounds.left - bounds.right)) * (moments.length - 1));
    if (place < 0 || place >= moments.length) return;
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(place));
    cursor.setAttribute("visibility", "visible");
    tell(moments[place]);
  };
  chart.addEventListener("pointermove", point);
  chart.addEventListener("pointerdown", point);
  return chart;
};
