// The splits of a run: how many images of each class, how far from their shares, what leaks from one to another.
"use strict";

PP.dataParts = PP.dataParts ?? {};

PP.dataParts.splits = ({ root, t, call, settings }) => {
  let turn = 0;
  const name = (split) => t(`split_${split}`), whole = (count) => count.toLocaleString("en");

  async function show() {
    const now = ++turn, found = await call("splits");
    if (!found || now !== turn) return;
    const { seed, split_seed: own } = settings(), { splits, class_names: names, largest, available } = found;
    const most = Math.max(...splits.flatMap(({ shares }) => shares), 1e-9);
    const drawn = splits[0].count < available;
    const cell = (split, label) => PP.make("td", {}, whole(split.counts[label]), PP.make("small", {}, PP.percent(split.shares[label], 1)), PP.make("i", { style: `width:${(100 * split.shares[label]) / most}%` }));
    const table = PP.make("table", { class: "pp-split-table" },
      PP.make("thead", {}, PP.make("tr", {}, PP.make("th", {}, t("class")), ...splits.map((split) => PP.make("th", {}, name(split.name))))),
      PP.make("tbody", {}, ...names.map((word, label) => PP.make("tr", {}, PP.make("th", {}, word), ...splits.map((split) => cell(split, label))))),
      PP.make("tfoot", {}, PP.make("tr", {}, PP.make("th", {}, t("sum")), ...splits.map((split) => PP.make("td", { "data-split": split.name }, whole(split.count))))));
    const leaks = found.leaks.map(({ first, second, same_index: same, duplicates, contradictions, pairs }) => {
      const words = { first: name(first), second: name(second) };
      if (!same && !duplicates) return PP.make("li", {}, t("leak_none", words));
      return PP.make("li", { class: "pp-is-leak" }, t("leak_some", { ...words, same: whole(same), duplicates: whole(duplicates), contradictions: whole(contradictions) }),
        pairs.length ? PP.make("small", {}, t("leak_pairs", { ...words, pairs: pairs.map((pair) => pair.join(" = ")).join(", ") })) : null);
    });
    root.replaceChildren(
      PP.make("p", {}, drawn ? t("splits_text", { seed: Number(own) < 0 ? seed : own }) : t("splits_whole", { count: whole(available) })),
      PP.make("div", { class: "pp-split-row" }, PP.make("div", { class: "pp-data-scroll" }, table),
        PP.make("div", {}, largest ? PP.make("p", { class: "pp-split-largest" }, t("largest", { name: names[largest.label], split: name(largest.split), count: whole(largest.count), expected: largest.expected.toLocaleString("en"), sigma: largest.sigma.toFixed(2) })) : null,
          PP.make("h3", {}, t("leaks")), PP.make("p", {}, t("leaks_text")), PP.make("ul", { class: "pp-split-leaks" }, ...leaks))));
    root.dataset.ready = now;
  }
  return { show };
};
