// What a benchmark of memory or checkpointing has found.
"use strict";

{
const KINDS = ["parameters", "gradients", "optimizer", "activations"];

PP.benchMemory = (t, budget) => {
  const bytes = (value) => (typeof value === "number" ? PP.bytes(value) : "–");

  const change = (share) => `${Math.abs(share) < 0.005 ? "" : share < 0 ? "−" : "+"}${PP.percent(Math.abs(share), 0)}`;

  /** Forecast as bars, and on each the dot of what was measured. */
  function forecastChart(forecast, measured) {
    const most = Math.max(...KINDS.flatMap((kind) => [forecast[kind] ?? 0, measured?.[kind] ?? 0]), 1), share = (value) => `${(100 * value) / most}%`;
    return PP.make("figure", { class: "pp-bench-bars" }, PP.make("figcaption", {}, t("forecast"), PP.make("span", { class: "pp-bench-dot" }), t("measured_dot")), ...KINDS.map((kind) => PP.make("div", { class: `pp-bench-bar pp-of-${kind}` },
      PP.make("b", {}, t(kind)),
      PP.make("span", { class: "pp-bench-track" }, PP.make("i", { style: `width:${share(forecast[kind])}` }), measured ? PP.make("span", { class: "pp-bench-dot", style: `left:${share(measured[kind])}` }) : null),
      PP.make("span", { class: "pp-bench-figure" }, bytes(forecast[kind]), measured ? PP.make("small", {}, bytes(measured[kind])) : null))));
  }

  function timeline(result) {
    const series = [...KINDS, "temporary"].map((name) => ({ name, kind: `pp-of-${name}` })), at = PP.make("p", { class: "pp-bench-moment", "aria-live": "off" }, t("timeline_text"));
    const sum = (moment) => series.reduce((total, { name }) => total + moment[name], 0);
    const peak = result.timeline.reduce((found, moment, place) => (sum(moment) > sum(result.timeline[found]) ? place : found), 0);
    const marks = [{ at: peak, text: t("peak_at", { operation: result.peak.operation, bytes: bytes(result.peak.bytes) }) }];
    const chart = PP.benchAreas({ moments: result.timeline, series, marks, yText: bytes, xLabel: t("operations_axis"), yLabel: t("memory_axis"),
      tell: (moment) => { at.replaceChildren(PP.make("b", {}, t(`phase_${moment.phase}`)), " ", PP.make("code", {}, moment.operation), ` · ${bytes(sum(moment))}: `, ...series.flatMap(({ name }) => (moment[name] ? [`${t(name)} ${bytes(moment[name])}; `] : []))); } });
    const legend = PP.make("ul", { class: "pp-bench-legend" }, ...series.map(({ name, kind }) => PP.make("li", {}, PP.make("i", { class: kind }), t(name))));
    return PP.benchPart(t("timeline"), "", chart, legend, at);
  }

  function memory(result) {
    if (!result.forecast) return [];
    const found = [forecastChart(result.forecast, result.measured)];
    if (result.timeline?.length) found.push(timeline(result));
    if (result.ledger?.length) {
      found.push(PP.benchPart(t("ledger"), t("ledger_text"), PP.benchTable([
        { title: t("layer"), left: true, cell: (row) => PP.make("code", {}, row.layer || "–") },
        { title: t("operation"), left: true, cell: (row) => PP.make("code", {}, row.operation) },
        { title: t("shape"), left: true, cell: (row) => [PP.shape(row.shape), PP.make("small", {}, row.dtype)] },
        { title: t("bytes"), cell: (row) => bytes(row.bytes) },
        { title: t("why"), left: true, cell: (row) => row.why },
      ], result.ledger)));
    }
    if (result.what_ifs?.length) {
      found.push(PP.benchPart(t("what_ifs"), t("what_ifs_text"), PP.benchTable([
        { title: t("what_if"), left: true, cell: (row) => (row.possible ? row.title : [row.title, PP.make("small", {}, row.reason)]) },
        { title: t("saved"), cell: (row) => bytes(row.saved_bytes) },
        { title: t("peak"), cell: (row) => bytes(row.peak_bytes) },
        { title: t("change"), cell: (row) => (row.possible && row.name !== "as_it_is" && result.peak.bytes ? change(row.peak_bytes / result.peak.bytes - 1) : "–") },
        { title: t("step_time"), cell: (row) => PP.shortTime(row.step_seconds) },
      ], result.what_ifs)));
    }
    if (result.tutorial) found.push(tutorial(result));
    return found;
  }

  function tutorial({ tutorial: course, measured }) {
    const rows = KINDS.filter((kind) => typeof course[kind] === "number").map((kind) => ({ kind, course: course[kind], measured: measured?.[kind] }));
    return PP.benchPart(t("tutorial"), t("tutorial_text"), PP.benchTable([
      { title: "", left: true, cell: (row) => t(row.kind) },
      { title: t("tutorial"), cell: (row) => bytes(row.course) },
      { title: t("measured_dot"), cell: (row) => bytes(row.measured) },
    ], rows.map(({ kind, ...row }) => ({ ...row, kind }))), ...course.reason.map((text) => PP.make("p", { class: "pp-bench-text" }, text)));
  }

  // ---- checkpointing
  function checkpointing(result, chosen) {
    const { rows } = result, peaks = rows.map((row) => row.peak_bytes);
    if (!rows.length) return [];
    if (rows.some((row) => row.step_seconds === null)) { // the times come last
      return [PP.benchBars(t("peak"), rows.map((row) => ({ name: String(row.checkpointed_blocks), value: row.peak_bytes, text: bytes(row.peak_bytes), kind: "pp-is-memory" })))];
    }
    const points = rows.map((row) => ({ x: row.peak_bytes, y: row.step_seconds, name: String(row.checkpointed_blocks), title: `${row.blocks.join(", ") || "–"}` }));
    if (chosen) points.push({ x: chosen.measured.peak_bytes, y: chosen.measured.step_seconds, name: "★", kind: "pp-is-chosen", alone: true, title: chosen.blocks.join(", ") });
    const chart = PP.benchPoints({ points, limit: chosen?.budget_bytes, xText: bytes, yText: PP.shortTime, xLabel: t("peak"), yLabel: t("step_time") });
    const found = [PP.make("p", { class: "pp-bench-text" }, t("blocks_text")), chart];
    if (rows.length > 1 && Math.max(...peaks) > Math.min(...peaks)) found.push(slider(result, chosen));
    found.push(PP.benchTable([
      { title: t("checkpointed"), left: true, cell: (row) => [String(row.checkpointed_blocks), PP.make("small", {}, row.blocks.join(", "))] },
      { title: t("peak"), cell: (row) => bytes(row.peak_bytes) },
      { title: t("saved"), cell: (row) => bytes(row.saved_bytes) },
      { title: t("step_time"), cell: (row) => PP.shortTime(row.step_seconds) },
      { title: t("gradients"), cell: (row) => (row.gradients_equal ? t("equal") : PP.make("b", { class: "pp-is-bad" }, t("unequal"))) },
    ], rows));
    if (result.batch_norm?.length) {
      found.push(PP.benchPart(t("batch_norm"), t("batch_norm_text"), PP.benchTable([
        { title: t("layer"), left: true, cell: (row) => PP.make("code", {}, row.name) },
        { title: t("plain"), cell: (row) => [`${row.plain.num_batches_tracked}`, PP.make("small", {}, `Δ running_mean ${PP.number(row.plain.running_mean_difference, 3)}`)] },
        { title: t("checkpointed"), cell: (row) => [`${row.checkpointed.num_batches_tracked}`, PP.make("small", {}, `Δ running_mean ${PP.number(row.checkpointed.running_mean_difference, 3)}`)] },
      ], result.batch_norm)));
    }
    return found;
  }

  function slider({ rows }, chosen) {
    const peaks = rows.map((row) => row.peak_bytes), low = Math.min(...peaks), high = Math.max(...peaks);
    const range = PP.make("input", { type: "range", min: Math.floor(low), max: Math.ceil(high), step: Math.max(1, Math.round((high - low) / 200)), class: "pp-bench-budget", "aria-label": t("budget") });
    range.value = chosen?.budget_bytes ?? Math.round((low + high) / 2);
    const said = PP.make("output", {}, bytes(Number(range.value))), run = PP.make("button", { type: "button", class: "pp-button pp-bench-budget-run" }, t("budget_run"));
    range.addEventListener("input", () => { said.textContent = bytes(Number(range.value)); });
    range.addEventListener("change", () => budget(Number(range.value)));
    run.addEventListener("click", () => budget(Number(range.value)));
    const told = chosen ? PP.make("p", { class: "pp-bench-told" }, t("budget_result", { blocks: chosen.blocks.length ? chosen.blocks.join(", ") : "–", predicted: bytes(chosen.predicted.peak_bytes), peak: bytes(chosen.measured.peak_bytes), time: PP.shortTime(chosen.measured.step_seconds) })) : null;
    return PP.benchPart(t("budget"), t("budget_text"), PP.make("div", { class: "pp-bench-slider" }, range, said, run), told);
  }
  return { memory, checkpointing };
};
}
