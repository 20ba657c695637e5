// What is shown of the inside of a network: its activations, its parameters, its filters, and what train mode changes.
"use strict";

PP.insideTables = (t) => {
  const text = (key) => PP.make("p", { class: "pp-inside-text" }, t(key));
  const count = (value) => value.toLocaleString("en");
  const head = (...keys) => PP.make("thead", {}, PP.make("tr", {}, ...keys.map((key) => PP.make("th", { scope: "col" }, key ? t(key) : ""))));
  const cell = (content, options = {}) => PP.make("td", options, content);
  const table = (...parts) => PP.make("div", { class: "pp-inside-scroll", tabindex: 0 }, PP.make("table", { class: "pp-inside-table" }, ...parts));
  const layer = (row) => PP.make("th", { scope: "row" }, PP.make("b", {}, row.type), PP.make("span", {}, row.name));
  const share = (value) => (typeof value === "number" ? `${(100 * value).toFixed(0)} %` : "–");
  const sees = (field) => (!field ? "" : field.whole ? t("whole") : field.size.join(" × "));
  const shown = (image) => (image.of > image.maps ? PP.make("small", {}, t("of", { shown: image.maps, count: image.of })) : null);

  function activations({ rows }) {
    const lines = rows.filter(({ image }) => image).map((row) => PP.make("tr", {}, layer(row),
      PP.make("td", { class: "pp-inside-pictures" }, PP.make("div", {}, PP.picture(row.image, { label: `${row.type} ${row.name}` }), shown(row.image))),
      ...["min", "mean", "max"].map((key) => cell(PP.number(row.summary[key], 3))), cell(share(row.summary.zeros)), cell(sees(row.receptive_field))));
    return [text("activations_text"), table(head("layer", "", "minimum", "mean", "maximum", "zeros", "sees"), PP.make("tbody", {}, ...lines))];
  }

  function parameters({ parameters: list, totals }) {
    if (!list.length) return [text("no_parameters")];
    const lines = list.map((one) => PP.make("tr", {}, PP.make("th", { scope: "row" }, PP.make("code", {}, one.name)), cell(PP.shape(one.shape)), cell(count(one.numel)), cell(one.dtype), cell(one.device),
      cell(one.trainable ? "✓" : t("frozen"), { class: one.trainable ? "" : "pp-is-frozen" }), cell(PP.number(one.mean, 3)), cell(PP.number(one.std, 3)),
      cell(one.histogram ? PP.spread(one.histogram, t("histogram_of", { name: one.name, min: PP.number(one.min, 3), max: PP.number(one.max, 3) })) : "–",
        { title: one.histogram ? `${PP.number(one.min, 3)} … ${PP.number(one.max, 3)}` : null })));
    const foot = PP.make("tfoot", {}, PP.make("tr", {}, PP.make("th", { scope: "row" }, t("total")), cell(""), cell(PP.make("b", {}, count(totals.parameters))), cell(PP.bytes(totals.bytes)),
      PP.make("td", { colspan: 5 }, t("trainable", { count: count(totals.trainable) }))));
    return [text("parameters_text"), table(head("parameter", "shape", "numel", "dtype", "device", "trains", "mean", "std", "histogram"), PP.make("tbody", {}, ...lines), foot)];
  }

  function kernels({ kernels: list }) {
    if (!list.length) return [text("no_kernels")];
    const drawn = list.map((one) => {
      const side = Math.max(24, Math.min(48, one.height * 5)), perLine = Math.max(4, Math.min(16, Math.floor(560 / (side * 1.1))));
      return PP.make("figure", { class: "pp-inside-kernels" }, PP.make("figcaption", {}, PP.make("b", {}, one.name), ` ${PP.shape(one.shape)}  ±${PP.number(one.scale, 3)} `, shown(one)),
        PP.picture(one, { most: 64, perLine, side, scale: "signed", label: `${one.name} ${PP.shape(one.shape)}` }));
    });
    return [text("kernels_text"), PP.make("div", { class: "pp-inside-filters" }, ...drawn)];
  }

  /** The probabilities as ten bars. */
  function answer(shares, title) {
    const best = shares.indexOf(Math.max(...shares));
    const bars = shares.map((value, digit) => PP.make("li", { class: digit === best ? "pp-is-best" : "", title: `${digit}: ${PP.percent(value, 1)}` },
      PP.make("span", { style: `--pp-share:${value}` }), PP.make("i", {}, String(digit))));
    return PP.make("figure", { class: "pp-inside-answer" }, PP.make("figcaption", {}, title, PP.make("b", {}, `${best}: ${PP.percent(shares[best], 1)}`)), PP.make("ol", {}, ...bars));
  }

  function modes({ rows, outputs }) {
    if (!outputs.train.length) return [text("modes_text"), text("modes_fails")];
    const changeful = rows.filter((row) => row.train?.length);
    const answers = [outputs.eval, ...outputs.train].map((shares, place) => shares && answer(shares, place ? t("mode_train", { number: place }) : t("mode_eval")));
    const lines = changeful.map((row) => PP.make("tr", {}, layer(row), ...[row, ...row.train].map((one) =>
      PP.make("td", { class: "pp-inside-pictures" }, PP.picture(one.image, { most: 4, label: `${row.type} ${row.name}` }), PP.make("small", {}, `${t("mean")} ${PP.number(one.summary.mean, 3)} · ${t("zeros")} ${share(one.summary.zeros)}`)))));
    const titles = [t("mode_eval"), t("mode_train", { number: 1 }), t("mode_train", { number: 2 })];
    const rows_ = changeful.length ? table(PP.make("thead", {}, PP.make("tr", {}, PP.make("th", { scope: "col" }, t("layer")), ...titles.map((title) => PP.make("th", { scope: "col", class: "pp-inside-pictures" }, title)))), PP.make("tbody", {}, ...lines)) : outputs.train.some((shares) => JSON.stringify(shares) !== JSON.stringify(outputs.train[0])) ? "" : text("same_modes");
    return [text("modes_text"), answers.some(Boolean) ? PP.make("div", { class: "pp-inside-answers" }, ...answers.filter(Boolean)) : "", rows_];
  }

  /** One row in full: for the diagram. */
  function detail(row) {
    if (!row?.image) return [];
    const { min, mean, max, zeros } = row.summary;
    return [PP.make("p", {}, PP.make("b", {}, row.type), ` ${row.name} ${(row.output_shapes ?? []).map(PP.shape).join(", ")}`), PP.picture(row.image, { perLine: 8, side: 36, label: `${row.type} ${row.name}` }),
      PP.make("p", { class: "pp-inside-text" }, `${t("minimum")} ${PP.number(min, 3)} · ${t("mean")} ${PP.number(mean, 3)} · ${t("maximum")} ${PP.number(max, 3)} · ${t("zeros")} ${share(zeros)}${row.receptive_field ? ` · ${t("sees")} ${sees(row.receptive_field)}` : ""}`)];
  }
  return { activations, parameters, kernels, modes, detail };
};
