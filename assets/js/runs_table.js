// The settings that differ between the chosen runs, and beneath them what came of each.
"use strict";

PP.runsTable = (root, t) => {
  const table = root.querySelector(".pp-runs-table"), words = root.querySelector(".pp-runs-compared-text"), same = root.querySelector(".pp-runs-same");

  function row({ key, label, cells, best }, kind) {
    return PP.make("tr", { "data-row": key, class: kind }, PP.make("th", { scope: "row" }, label),
      ...cells.map((text, place) => PP.make("td", { class: best.includes(place) ? "pp-is-best" : null, title: best.includes(place) ? t("best") : null }, text)));
  }

  return {
    clear(text) {
      table.replaceChildren();
      same.hidden = true;
      words.textContent = text;
    },
    show(found, runOf, colorOf) {
      const names = found.ids.map((id) => PP.make("th", { scope: "col", "data-run": id, title: runOf(id)?.name },
        PP.make("span", {}, PP.make("i", { style: `background:${colorOf(id)}` }), runOf(id)?.name ?? "")));
      const several = found.ids.length > 1;
      words.textContent = several ? (found.differ.length ? "" : t("nothing_differs")) : t("one_only");
      words.hidden = !words.textContent;
      table.replaceChildren(PP.make("thead", {}, PP.make("tr", {}, PP.make("td", {}), ...names)),
        PP.make("tbody", { class: "pp-runs-differ" }, ...found.differ.map((each) => row(each))),
        PP.make("tbody", { class: "pp-runs-outcomes" }, ...found.outcomes.map((each) => row(each))));
      same.hidden = !found.same.length;
      same.querySelector("summary span").textContent = several ? t("same", { count: found.same.length }) : t("same", { count: found.same.length });
      same.querySelector("dl").replaceChildren(...found.same.map(({ key, label, cells }) => PP.make("div", { "data-row": key }, PP.make("dt", {}, label), PP.make("dd", {}, cells[0]))));
    },
  };
};
