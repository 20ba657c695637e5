// Two programs as one text: the lines that differ are marked, long runs of equal lines are folded.
"use strict";

{
const AROUND = 3, FOLD_FROM = 10;

PP.lessonLines = (host, lines, t) => {
  const sign = { both: " ", broken: "−", cured: "+" };
  const show = ({ mark, html }) => {
    const code = PP.make("code");
    code.innerHTML = html || " "; // escaped by the server
    const title = mark === "both" ? null : t(`only_${mark}`);
    return PP.make("div", { class: `pp-lesson-line pp-line-${mark}`, title }, PP.make("i", { "aria-label": title }, sign[mark]), code);
  };
  host.replaceChildren();
  let start = 0;
  while (start < lines.length) {
    let end = start;
    while (end < lines.length && (lines[end].mark === "both") === (lines[start].mark === "both")) end += 1;
    const run = lines.slice(start, end).map(show);
    const head = start ? AROUND : 0, tail = end < lines.length ? AROUND : 0, hidden = run.length - head - tail;
    if (lines[start].mark === "both" && hidden >= FOLD_FROM - AROUND) {
      const middle = run.slice(head, run.length - tail);
      const button = PP.make("button", { type: "button", class: "pp-lesson-fold" }, `… ${t("equal_lines", { count: hidden })}`);
      button.addEventListener("click", () => button.replaceWith(...middle));
      host.append(...run.slice(0, head), button, ...run.slice(run.length - tail));
    } else host.append(...run);
    start = end;
  }
};
}
