// The curves of a failure lesson: every chart twice, broken and cured, on the same axes.
"use strict";

{
const FORMAT = {
  share: (value) => `${Math.round(100 * value)} %`,
  bytes: (value) => PP.bytes(value),
  number: (value) => PP.number(value, 3),
};

/** Curves of one side of one chart, as uPlot wants them: places, and a list of values for each series. */
class Curves {
  constructor(spec) {
    this.spec = spec;
    this.x = [];
    this.y = spec.series.map(() => []);
    this.broke = null; // where a value was first NaN or infinite
  }
  add(row) {
    const { series, across, logarithmic } = this.spec, place = row[across];
    if (place === undefined || !series.some((name) => name in row)) return;
    if (this.x.at(-1) !== place) {
      this.x.push(place);
      for (const values of this.y) values.push(null);
    }
    for (const [number, name] of series.entries()) {
      if (!(name in row)) continue;
      const value = row[name];
      if (typeof value !== "number") this.broke ??= place;
      else if (!logarithmic || value > 0) this.y[number][this.x.length - 1] = value;
    }
  }
  data() { return [this.x, ...this.y]; }
  values() { return this.y.flat().filter((value) => value !== null); }
}

/** Where the upright axes of both sides begin and end. */
const bounds = (spec, sides) => {
  const values = sides.flatMap((curves) => curves.values()).concat(spec.limit ?? []);
  if (spec.unit === "share") return [0, 1];
  if (!values.length) return spec.logarithmic ? [0.1, 10] : [0, 1];
  const low = Math.min(...values), high = Math.max(...values);
  // The axis breaks where it must, so that a loss of 10²⁰ does not flatten all others to a line: it is logarithmic.
  return spec.logarithmic ? [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high) + 1e-9)] : [Math.min(0, low), high * 1.05 || 1];
};

/** Both sides of one chart; `host` gets two cells. */
PP.lessonChart = (host, spec, length, height, t) => {
  const sides = ["broken", "cured"].map((side) => {
    const cell = PP.make("figure", { class: `pp-lesson-chart pp-lesson-${side}` });
    const name = PP.make("figcaption", {}, PP.make("b", { class: `pp-lesson-side pp-lesson-${side}` }, t(side)));
    for (const [place, series] of spec.series.entries()) name.append(PP.make("span", { "data-series": place }, t(`series_${series.replaceAll(" ", "_")}`)));
    const canvas = PP.make("div", { class: "pp-lesson-canvas", role: "img", style: `height:${height}px`, "aria-label": `${t(side)}: ${spec.series.map((series) => t(`series_${series.replaceAll(" ", "_")}`)).join(", ")}` });
    const note = PP.make("p", { class: "pp-lesson-note" });
    cell.append(name, canvas, note);
    host.append(cell);
    return { side, cell, canvas, note, curves: new Curves(spec), plot: null };
  });
  let range = [0, 1], frame = 0;

  function build(one) {
    one.plot?.destroy();
    const [accent, second, text, line] = ["--pp-accent", "--pp-second", "--pp-muted", "--pp-line"].map(PP.color);
    const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "11px 'IBM Plex Sans', sans-serif" };
    const write = FORMAT[spec.unit];
    one.plot = new uPlot({
      width: Math.max(one.canvas.clientWidth, 140),
      height,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 6 } },
      scales: { x: { time: false, range: (_, low, high) => [0, Math.max(length, high ?? 0)] }, y: { distr: spec.logarithmic ? 3 : 1, range: () => range } },
      series: [{}, ...spec.series.map((_, place) => ({ stroke: place ? second : accent, width: 1.75, spanGaps: true, points: { show: false } }))],
      axes: [{ ...axis, size: 26 }, {
        ...axis,
        size: 58,
        splits: spec.logarithmic ? powers : undefined,
        filter: (_, marks) => marks, // all of ours are named
        values: (_, marks) => marks.map((mark) => (!spec.logarithmic || Math.abs(Math.log10(mark)) < 4 ? write(mark) : mark.toExponential(0).replace("+", ""))),
      }],
      hooks: { draw: [(plot) => drawLimit(plot)], setCursor: [(plot) => tell(one, plot.cursor.idx)] },
    }, one.curves.data(), one.canvas);
  }
  /** Marks of a logarithmic axis: powers of ten, every second or third where there are many. */
  function powers() {
    const [low, high] = range.map((end) => Math.round(Math.log10(end))), skip = Math.ceil((high - low) / 5);
    return Array.from({ length: Math.floor((high - low) / skip) + 1 }, (_, place) => 10 ** (low + place * skip));
  }
  function drawLimit(plot) {
    if (spec.limit === null) return;
    const { ctx, bbox } = plot, y = plot.valToPos(spec.limit, "y", true);
    ctx.save();
    ctx.strokeStyle = PP.color("--pp-text");
    ctx.setLineDash([6, 4]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
  /** What stands at the pointer; without one, where the numbers ceased to be numbers. */
  function tell(one, place) {
    const { curves } = one;
    if (place !== null && place !== undefined && curves.x[place] !== undefined) {
      const told = spec.series.map((_, number) => curves.y[number][place]).filter((value) => value !== null).map(FORMAT[spec.unit] === FORMAT.share ? (value) => PP.percent(value, 1) : FORMAT[spec.unit]);
      one.note.textContent = `${t(`axis_${spec.across}`)} ${curves.x[place].toLocaleString("en")}: ${told.join(" · ") || "NaN"}`;
      return;
    }
    one.note.textContent = curves.broke === null ? "" : t("not_finite", { step: curves.broke.toLocaleString("en") });
  }
  function paint() {
    if (frame || !sides[0].canvas.clientWidth) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      range = bounds(spec, sides.map(({ curves }) => curves));
      for (const one of sides) {
        if (!one.plot) build(one);
        one.plot.setData(one.curves.data(), true);
        if (one.plot.cursor.idx === null || one.plot.cursor.left < 0) tell(one, null);
        one.canvas.dataset.points = one.curves.x.length;
        one.canvas.dataset.range = range.join(" ");
      }
    });
  }
  const resized = new ResizeObserver(() => {
    for (const one of sides) if (one.plot && one.canvas.clientWidth) one.plot.setSize({ width: one.canvas.clientWidth, height });
    paint();
  });
  resized.observe(sides[0].canvas);
  return {
    add: (side, row) => sides.find((one) => one.side === side).curves.add(row),
    paint,
    rebuild: () => { for (const one of sides) if (one.plot) build(one); paint(); },
    clear: () => { for (const one of sides) one.curves = new Curves(spec); paint(); },
    destroy: () => { resized.disconnect(); cancelAnimationFrame(frame); for (const one of sides) { one.plot?.destroy(); one.cell.remove(); } },
  };
};
}
