// From which batch size and width on a lower precision pays: a chart for each precision, and a table of all sizes.
"use strict";

{
const SIZE = { width: 480, height: 300, left: 62, right: 18, top: 16, bottom: 44 };

PP.benchSweep = (t) => {
  const times = (value) => `× ${PP.number(value, 3)}`, kind = (widths, width) => `pp-of-width-${widths.indexOf(width)}`;

  /** Speed against fp32 over the batch size, a line for each width. Up is faster, each step of the grid the double. */
  function chart(precision, rows, batches, widths) {
    const { width, height, left, right, top, bottom } = SIZE, logs = rows.map((row) => Math.log2(row.speedup));
    const low = Math.min(-1, Math.floor(Math.min(...logs))), high = Math.max(1, Math.ceil(Math.max(...logs)));
    const x = (batch) => left + ((width - left - right) * (batches.indexOf(batch) + 0.5)) / batches.length, y = (log) => height - bottom - ((height - top - bottom) * (log - low)) / (high - low);
    const every = Math.ceil((high - low) / 6), marks = Array.from({ length: high - low + 1 }, (_, place) => low + place).filter((log) => log % every === 0);
    const drawn = PP.svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "pp-bench-chart", role: "img", "aria-label": t("sweep_chart", { precision }) }, PP.svg("g", { class: "pp-bench-grid" },
      ...marks.flatMap((log) => [PP.svg("line", { x1: left, x2: width - right, y1: y(log), y2: y(log) }), PP.svg("text", { x: left - 8, y: y(log) + 4, "text-anchor": "end" }, log < 0 ? `1/${2 ** -log} ×` : `${2 ** log} ×`)]),
      ...batches.map((batch) => PP.svg("text", { x: x(batch), y: height - bottom + 18, "text-anchor": "middle" }, batch)),
      PP.svg("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle", class: "pp-bench-axis" }, t("batch_axis"))),
    PP.svg("line", { class: "pp-bench-even", x1: left, x2: width - right, y1: y(0), y2: y(0) }));
    for (const own of widths) {
      const line = rows.filter((row) => row.width === own).sort((a, b) => a.batch_size - b.batch_size);
      drawn.append(PP.svg("polyline", { class: `pp-bench-line ${kind(widths, own)}`, points: line.map((row) => `${x(row.batch_size)},${y(Math.log2(row.speedup))}`).join(" ") }),
        ...line.map((row) => PP.svg("circle", { class: `pp-bench-point ${kind(widths, own)}`, cx: x(row.batch_size), cy: y(Math.log2(row.speedup)), r: 5 }, PP.svg("title", {}, `${t("width", { width: own })}, ${t("batch", { batch: row.batch_size })}: ${times(row.speedup)}`))));
    }
    return PP.make("figure", { class: "pp-bench-bars" }, PP.make("figcaption", {}, PP.make("b", {}, precision), ` · ${t("sweep_axis")}`), drawn);
  }

  return ({ rows }) => {
    if (!rows.length) return [];
    const ordered = (values) => [...new Set(values)].sort((a, b) => a - b), batches = ordered(rows.map((row) => row.batch_size)), widths = ordered(rows.map((row) => row.width));
    const precisions = [...new Set(rows.map((row) => row.precision))].filter((name) => name !== "fp32");
    const measured = (name) => rows.filter((row) => row.precision === name && row.speedup !== null), found = (width, batch, name) => rows.find((row) => row.width === width && row.batch_size === batch && row.precision === name);
    const charts = precisions.filter((name) => measured(name).length).map((name) => chart(name, measured(name), batches, widths));
    const legend = PP.make("ul", { class: "pp-bench-legend" }, ...widths.map((width) => PP.make("li", {}, PP.make("i", { class: kind(widths, width) }), t("width", { width }))), PP.make("li", {}, PP.make("i", { class: "pp-bench-even" }), t("as_fast")));
    // Where fp32 has no time there is nothing to compare with, and why is said once.
    const why = (row) => PP.make("small", {}, (row.precision === "fp32" || !found(row.width, row.batch_size, "fp32").left_out ? row.left_out : null) ?? "–");
    const cell = (row) => (!row ? "" : row.speedup === null ? why(row) : PP.make("span", { class: `pp-bench-verdict pp-is-${row.verdict}`, title: PP.shortTime(row.step_seconds) }, times(row.speedup)));
    const sizes = widths.flatMap((width) => batches.map((batch) => ({ width, batch }))).filter(({ width, batch }) => found(width, batch, "fp32"));
    return [PP.make("div", { class: "pp-bench-pair" }, ...charts), charts.length ? legend : "", PP.benchTable([
      { title: t("width_column"), left: true, cell: ({ width }) => `× ${width}` },
      { title: t("batch_axis"), cell: ({ batch }) => batch },
      { title: `fp32 · ${t("step_time")}`, cell: ({ width, batch }) => { const row = found(width, batch, "fp32"); return row.step_seconds === null ? why(row) : PP.shortTime(row.step_seconds); } },
      ...precisions.map((name) => ({ title: name, cell: ({ width, batch }) => cell(found(width, batch, name)) })),
    ], sizes)];
  };
};
}
