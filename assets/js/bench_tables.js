// What a benchmark of precision or accumulation has found: bars and tables.
"use strict";

/** A table from columns of {title, cell(row), left, wrap} and rows; wide ones scroll by themselves. */
PP.benchTable = (columns, rows) => PP.make("div", { class: "pp-bench-scroll", tabindex: 0 }, PP.make("table", { class: "pp-bench-table" },
  PP.make("thead", {}, PP.make("tr", {}, ...columns.map(({ title, left }) => PP.make("th", { scope: "col", class: left ? "pp-is-left" : "" }, title)))),
  PP.make("tbody", {}, ...rows.map((row) => PP.make("tr", { class: row.kind ?? "" }, ...columns.map(({ cell, left, wrap }) => {
    const value = cell(row);
    return PP.make("td", { class: `${left ? "pp-is-left" : ""} ${wrap ? "pp-is-text" : ""}` }, ...(Array.isArray(value) ? value : [value]));
  }))))));

PP.benchPart = (title, text, ...children) => PP.make("section", { class: "pp-bench-part" }, PP.make("h4", {}, title), text ? PP.make("p", { class: "pp-bench-text" }, text) : null, ...children);

PP.benchTables = (t) => {
  const error = (value) => (typeof value === "number" ? (value === 0 ? "0" : value.toExponential(1)) : "–");
  const times = (value) => (typeof value === "number" ? `× ${PP.number(value, 3)}` : "–");

  /** Parts of the precision benchmark; while it runs, only the rows that there are. */
  function precision({ rows, operations = [] }) {
    const measured = rows.filter((row) => typeof row.step_seconds === "number");
    const best = measured.reduce((found, row) => (!found || row.step_seconds < found.step_seconds ? row : found), null);
    const time = rows.map((row) => ({ name: row.precision, value: row.step_seconds ?? null, spread: row.spread_seconds, kind: row === best ? "pp-is-best" : "",
      text: PP.shortTime(row.step_seconds), below: row.error ?? "", note: row.error ? "" : [row.speedup && row.precision !== "fp32" ? times(row.speedup) : "", row.cut_short ? t("cut_short", { count: row.repetitions }) : ""].filter(Boolean).join(" · ") }));
    const memory = measured.filter((row) => row.peak_bytes).map((row) => ({ name: row.precision, value: row.peak_bytes, text: PP.bytes(row.peak_bytes), note: row.memory_ratio && row.precision !== "fp32" ? times(row.memory_ratio) : "", kind: "pp-is-memory" }));
    const found = [PP.make("div", { class: "pp-bench-pair" }, PP.benchBars(t("bar_time"), time), memory.length ? PP.benchBars(t("bar_memory"), memory) : "")];
    if (measured.length) {
      found.push(PP.benchTable([
        { title: t("precision_column"), left: true, cell: (row) => PP.make("code", {}, row.precision) },
        { title: t("step_time"), cell: (row) => PP.shortTime(row.step_seconds) },
        { title: t("spread"), cell: (row) => PP.shortTime(row.spread_seconds) },
        { title: t("repetitions"), cell: (row) => row.repetitions ?? "–" },
        { title: t("peak"), cell: (row) => (row.peak_bytes ? PP.bytes(row.peak_bytes) : "–") },
        { title: t("saved"), cell: (row) => (row.saved_bytes ? PP.bytes(row.saved_bytes) : "–") },
        { title: t("loss"), cell: (row) => PP.number(row.loss) },
        { title: t("loss_difference"), cell: (row) => (row.loss_difference ? [error(row.loss_difference.last_step), PP.make("small", {}, t("after_steps", { count: row.loss_difference.steps }))] : "–") },
      ], measured));
    }
    if (operations.length) found.push(PP.benchPart(t("operations"), "", operationTable(operations, measured.map((row) => row.precision))));
    return found;
  }

  function operationTable(operations, precisions) {
    const columns = [{ title: t("operation"), left: true, cell: (row) => PP.make("code", {}, row.operation) }, { title: t("calls"), cell: (row) => row.calls }];
    for (const name of precisions.filter((one) => operations.some((row) => row[one]))) {
      columns.push({ title: `${name} · ${t("seconds")}`, cell: (row) => (row[name] ? PP.shortTime(row[name].seconds) : "–") },
        { title: t("largest_error"), cell: (row) => (row[name] ? [error(row[name].largest_error), PP.make("small", {}, [row[name].dtype, row[name].flushed_to_zero ? `${PP.percent(row[name].flushed_to_zero, 1)} ${t("flushed")}` : "", row[name].infinite ? `${row[name].infinite} ${t("infinite")}` : ""].filter(Boolean).join(" · "))] : "–") });
    }
    return PP.benchTable(columns, operations);
  }

  function accumulation({ rows, traps = [], notes = [] }) {
    const time = rows.map((row) => ({ name: `${row.micro_batches} ×`, value: row.step_seconds, spread: row.spread_seconds, text: PP.shortTime(row.step_seconds), below: row.error ?? "" }));
    const memory = rows.map((row) => ({ name: `${row.micro_batches} ×`, value: row.peak_bytes, text: row.peak_bytes ? PP.bytes(row.peak_bytes) : "–", kind: "pp-is-memory" }));
    const found = [PP.make("div", { class: "pp-bench-pair" }, PP.benchBars(t("bar_memory"), memory), PP.benchBars(t("bar_time"), time)), PP.benchTable([
      { title: t("micro_batches"), left: true, cell: (row) => row.micro_batches },
      { title: t("peak"), cell: (row) => (row.peak_bytes ? PP.bytes(row.peak_bytes) : "–") },
      { title: t("step_time"), cell: (row) => PP.shortTime(row.step_seconds) },
      { title: t("gradient_error"), cell: (row) => error(row.gradient_error) },
    ], rows)];
    if (traps.length) {
      found.push(PP.benchPart(t("traps"), t("traps_text"), PP.benchTable([
        { title: t("trap"), left: true, wrap: true, cell: (row) => row.explained },
        { title: t("gradient_error"), cell: (row) => error(row.gradient_error) },
        { title: t("norm_ratio"), cell: (row) => times(row.norm_ratio) },
        { title: t("with_fix"), cell: (row) => error(row.fixed_error) },
      ], traps)));
    }
    found.push(...(notes ?? []).map((text) => PP.make("p", { class: "pp-bench-text" }, text)));
    return found;
  }
  return { precision, accumulation, error };
};
