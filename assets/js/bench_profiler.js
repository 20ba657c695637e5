// What the profiler has found: phases, a flame, tables that can be sorted, and the code with the time of each line.
"use strict";

{
const PHASES = ["forward", "loss", "backward", "optimizer"];
const ROWS = 12, SHAPES = 3;

PP.benchProfiler = (t) => {
  const word = (name, values) => t(`profile_${name}`, values), share = (value) => PP.percent(value, 1);

  /** A table whose columns with `value(row)` sort it, the largest first, and again the other way; at first `most` rows. */
  function sortable(columns, rows, most = Infinity) {
    const host = PP.make("div", { class: "pp-bench-sortable" }), more = PP.make("button", { type: "button", class: "pp-button pp-bench-more" }, word("all", { count: rows.length }));
    let by = null, down = true;
    more.addEventListener("click", () => { most = Infinity; draw(); host.querySelector(".pp-bench-scroll").focus(); });
    const draw = () => {
      const sorted = by ? [...rows].sort((one, other) => (down ? -1 : 1) * (by.value(one) - by.value(other))) : rows;
      const table = PP.benchTable(columns.map((column) => ({ ...column, title: column.value ? heading(column) : column.title })), sorted.slice(0, most));
      table.querySelectorAll("th").forEach((cell, place) => { if (columns[place] === by) cell.setAttribute("aria-sort", down ? "descending" : "ascending"); });
      host.replaceChildren(table, rows.length > most ? more : "");
    };
    const heading = (column) => {
      const button = PP.make("button", { type: "button", class: "pp-bench-sort" }, `${column.title}${column === by ? (down ? " ↓" : " ↑") : ""}`);
      button.addEventListener("click", () => {
        down = by === column ? !down : true;
        by = column;
        const place = columns.indexOf(column);
        draw();
        host.querySelectorAll("th")[place].querySelector("button").focus();
      });
      return button;
    };
    draw();
    return host;
  }

  function phases(result) {
    const all = PHASES.reduce((sum, name) => sum + result.phases[name], 0);
    const bar = PP.make("div", { class: "pp-profile-phases", role: "img", "aria-label": word("phases") }, ...PHASES.map((name) => PP.make("i", { class: `pp-of-${name}`, style: `flex-grow:${result.phases[name] / all}` })));
    const legend = PP.make("ul", { class: "pp-bench-legend pp-profile-legend" }, ...PHASES.map((name) => PP.make("li", {}, PP.make("i", { class: `pp-of-${name}` }), `${word(name)} ${PP.shortTime(result.phases[name])} · ${share(result.phases[name] / all)}`)));
    return PP.benchPart(word("phases"), "", bar, legend);
  }

  function flame(result, id) {
    const names = { merged: (box) => word("small", { count: box.count }), checks: () => word("checks"), step: () => word("whole"), phase: (box) => word(box.kind) };
    const label = (box) => names[box.role]?.(box) ?? box.name;
    // In a box there is little room: what a module is comes first, and its place without the way there.
    const short = (box) => (box.role === "module" ? box.name.replace(/^(?:.*\.)?(\S+) \((.*)\)$/, "$2 $1") : label(box).replace(/^aten::/, ""));
    const trace = result.trace && id ? PP.make("p", { class: "pp-profile-trace" }, PP.make("a", { class: "pp-button", href: `/benchmarks/${id}/trace.json.gz`, download: "profile.trace.json.gz" }, word("trace")), PP.make("small", {}, word("trace_text", { events: result.trace.events, bytes: PP.bytes(result.trace.bytes) }))) : null;
    return PP.benchPart(word("flame"), word("flame_text"), PP.benchFlame(t, result.flame, label, short), result.merged ? PP.make("p", { class: "pp-bench-text" }, word("merged", { count: result.merged })) : null, trace);
  }

  const shapes = (given) => given.slice(0, SHAPES).map((shape) => PP.shape(shape)).join(" ") + (given.length > SHAPES ? " …" : "") || "–";

  function operations(result) {
    const hasDevice = result.rows.some((row) => row.device_seconds > 0);
    return PP.benchPart(word("operations"), word("operations_text"), PP.make("div", { class: "pp-profile-operations" }, sortable([
      { title: t("operation"), left: true, cell: (row) => PP.make("code", {}, row.operation) },
      { title: t("calls"), value: (row) => row.calls, cell: (row) => row.calls },
      { title: word("own"), value: (row) => row.self_seconds, cell: (row) => PP.shortTime(row.self_seconds) },
      { title: word("total"), value: (row) => row.total_seconds, cell: (row) => PP.shortTime(row.total_seconds) },
      { title: word("share"), value: (row) => row.share, cell: (row) => share(row.share) },
      ...(hasDevice ? [{ title: word("device"), value: (row) => row.device_seconds, cell: (row) => PP.shortTime(row.device_seconds) }] : []),
      { title: word("allocated"), value: (row) => row.allocated_bytes, cell: (row) => (row.allocated_bytes ? PP.bytes(row.allocated_bytes) : "–") },
      { title: word("shapes"), left: true, cell: (row) => PP.make("code", { class: "pp-profile-shapes" }, shapes(row.input_shapes.filter((shape) => shape.length))) },
    ], result.rows, ROWS)));
  }

  /** Forward and backward beside each other, to the scale of `most` seconds. */
  function pair(row, most) {
    const part = (name, seconds) => PP.make("i", { class: `pp-of-${name}`, style: `width:${(100 * seconds) / most}%` });
    return PP.make("span", { class: "pp-profile-pair", title: `${word("forward")} ${PP.shortTime(row.forward_seconds)} · ${word("backward")} ${PP.shortTime(row.backward_seconds)}` }, part("forward", row.forward_seconds), part("backward", row.backward_seconds));
  }

  function modules(result) {
    const most = Math.max(...result.modules.map((row) => row.forward_seconds + row.backward_seconds), Number.MIN_VALUE);
    const name = (row) => (row.kind === "module" ? [PP.make("code", { style: `--pp-depth:${Math.min(row.depth, 8)}` }, row.path.split(".").at(-1) || t("step_point")), PP.make("span", { class: "pp-profile-type", style: `--pp-depth:${Math.min(row.depth, 8)}` }, row.type)] : PP.make("em", {}, word(`kind_${row.kind}`)));
    return PP.benchPart(word("modules"), word("modules_text"), PP.make("div", { class: "pp-profile-modules" }, sortable([
      { title: word("module"), left: true, cell: name },
      { title: word("share"), value: (row) => row.share, cell: (row) => share(row.share) },
      { title: word("forward"), value: (row) => row.forward_seconds, cell: (row) => (row.forward_seconds ? PP.shortTime(row.forward_seconds) : "–") },
      { title: word("backward"), value: (row) => row.backward_seconds, cell: (row) => (row.backward_seconds ? PP.shortTime(row.backward_seconds) : "–") },
      { title: "", left: true, cell: (row) => pair(row, most) },
    ], result.modules)));
  }

  function lines(result) {
    if (!result.lines.length) return "";
    const most = Math.max(...result.lines.map((row) => row.forward_seconds + row.backward_seconds), Number.MIN_VALUE);
    const found = new Map(result.lines.map((row) => [row.number, row]));
    for (const row of result.lines) if (row.role === "calls") found.set(row.number, row); // where one line does both, what it runs
    const code = result.source.replace(/\s+$/, "").split("\n").map((text, place) => {
      const row = found.get(place + 1);
      return PP.make("div", { class: `pp-profile-line${row ? ` pp-is-${row.role}` : ""}` }, PP.make("span", { class: "pp-profile-number" }, String(place + 1)),
        PP.make("span", { class: "pp-profile-time", title: row ? word(`lines_${row.role}`) : null }, row ? PP.shortTime(row.forward_seconds + row.backward_seconds) : ""),
        row ? pair(row, most) : PP.make("span", { class: "pp-profile-pair" }), PP.make("code", {}, text || " "));
    });
    const legend = PP.make("ul", { class: "pp-bench-legend pp-profile-legend" }, ...["forward", "backward"].map((name) => PP.make("li", {}, PP.make("i", { class: `pp-of-${name}` }), word(name))));
    const view = PP.make("div", { class: "pp-profile-code", tabindex: 0 }, ...code), first = Math.min(...found.keys());
    // The classes that stand above the model have no time of their own.
    requestAnimationFrame(() => { view.scrollTop = Math.max(0, (first - 4) * 20); });
    return PP.benchPart(word("lines"), word("lines_text"), legend, view);
  }

  return (result, id) => (result.flame ? [phases(result), flame(result, id), operations(result), modules(result), lines(result)] : []);
};
}
