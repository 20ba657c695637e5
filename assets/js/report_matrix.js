// The confusion matrix, a cell of which can be chosen by pointer or keyboard, and the table of the classes.
"use strict";

/** choose(label, answer) is called when a cell is chosen. Gives {node, select}. */
PP.confusionMatrix = (t, confusion, names, choose) => {
  const most = Math.sqrt(Math.max(1, ...confusion.flatMap((row, label) => row.filter((_, answer) => answer !== label))));
  let chosen = null;
  const cells = confusion.map((row, label) => row.map((count, answer) => {
    const right = label === answer;
    const button = PP.make("button", { type: "button", tabindex: -1, class: right ? "pp-is-right" : count ? "pp-is-wrong" : "", "data-label": label, "data-answer": answer,
      "aria-label": t("cell_name", { label: names[label], answer: names[answer], count: String(count) }), "aria-pressed": "false" }, count ? String(count) : "·");
    // The square root, so that a single mistake is still to be seen beside twenty.
    if (count && !right) button.style.setProperty("--share", `${Math.round(14 + (46 * Math.sqrt(count)) / most)}%`);
    button.addEventListener("click", () => { select(label, answer); choose(label, answer); });
    return button;
  }));
  const select = (label, answer) => {
    if (chosen) { chosen.setAttribute("aria-pressed", "false"); chosen.tabIndex = -1; }
    chosen = cells[label][answer];
    chosen.setAttribute("aria-pressed", "true");
    chosen.tabIndex = 0;
  };
  const heads = names.map((name) => PP.make("th", { scope: "col", title: name }, name));
  const table = PP.make("table", { class: "pp-confusion" }, PP.make("thead", {}, PP.make("tr", {}, PP.make("td"), ...heads)),
    PP.make("tbody", {}, ...cells.map((row, label) => PP.make("tr", {}, PP.make("th", { scope: "row", title: names[label] }, names[label]), ...row.map((cell) => PP.make("td", {}, cell))))));
  table.classList.toggle("pp-has-words", names.some((name) => name.length > 2));
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  table.addEventListener("keydown", (event) => {
    const step = steps[event.key], from = event.target.closest("button");
    if (!step || !from) return;
    event.preventDefault();
    const next = cells[Number(from.dataset.label) + step[0]]?.[Number(from.dataset.answer) + step[1]];
    if (!next) return;
    for (const cell of [from, next]) cell.tabIndex = cell === next ? 0 : -1;
    next.focus();
  });
  cells[0][0].tabIndex = 0;
  return { node: table, select: (label, answer) => { cells[0][0].tabIndex = -1; select(label, answer); } };
};

/** The cell of the most mistakes; where there is none, the first. */
PP.worstCell = (confusion) => {
  let worst = [0, 0], most = 0;
  confusion.forEach((row, label) => row.forEach((count, answer) => { if (label !== answer && count > most) [worst, most] = [[label, answer], count]; }));
  return worst;
};

/** Precision, recall and F1 of each class, with a bar that begins where the differences can be seen. */
PP.classTable = (t, report) => {
  const columns = ["precision", "recall", "f1"];
  const known = report.classes.flatMap((row) => columns.map((name) => row[name])).filter((value) => value !== null);
  const least = Math.min(1, ...known), low = least > 0.8 ? Math.floor(100 * least - 2) / 100 : 0;
  const figure = (value) => {
    const cell = PP.make("td", {}, PP.make("span", {}, PP.percent(value)));
    if (value !== null) cell.append(PP.make("i", { style: `width:${(100 * (value - low)) / (1 - low)}%` }));
    return cell;
  };
  const rows = report.classes.map((row, place) => PP.make("tr", {}, PP.make("th", { scope: "row" }, report.class_names[place] ?? String(place)), ...columns.map((name) => figure(row[name])), PP.make("td", {}, row.support.toLocaleString("en"))));
  const mean = PP.make("tr", {}, PP.make("th", { scope: "row" }, t("mean")), ...columns.map((name) => PP.make("td", {}, PP.percent(report.macro[name]))), PP.make("td", {}, report.count.toLocaleString("en")));
  const heads = ["class", ...columns, "support"].map((name) => PP.make("th", { scope: "col" }, t(name)));
  return PP.make("table", { class: "pp-class-table" }, PP.make("thead", {}, PP.make("tr", {}, ...heads)), PP.make("tbody", {}, ...rows), PP.make("tfoot", {}, mean));
};
