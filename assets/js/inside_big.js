// What a network of billions of parameters would cost: sliders, and what they come to.
"use strict";

{
const KINDS = ["Transformer", "MLP", "CNN"], OPTIMIZERS = ["AdamW", "Adam", "SGD + momentum", "SGD"];
const PARTS = ["parameters", "gradients", "optimizer", "activations"], GIB = 2 ** 30;
// Sliders go in steps that multiply: [lowest, highest, steps for a doubling].
const SLIDERS = { width: [64, 32768, 2], depth: [1, 256, 2], batch: [1, 65536, 1] }, FIRST = { width: 4096, depth: 32, batch: 64 };

PP.insideBig = ({ host, t, server, open }) => {
  const word = (key, values) => t(`big_${key}`, values);
  let turn = 0, drawn = false;
  const choice = (name, options) => PP.make("label", {}, word(name), PP.make("select", { "data-wish": name }, ...options.map((value) => PP.make("option", { value }, value))));
  const slider = (name) => {
    const [low, high, steps] = SLIDERS[name], most = Math.round(steps * Math.log2(high / low));
    return PP.make("label", { class: "pp-big-slider" }, word(name), PP.make("input", { type: "range", min: 0, max: most, step: 1, value: Math.round(steps * Math.log2(FIRST[name] / low)), "data-wish": name }), PP.make("output", {}));
  };
  const valueOf = (input) => {
    const [low, high, steps] = SLIDERS[input.dataset.wish], value = low * 2 ** (Number(input.value) / steps);
    return Math.min(high, input.dataset.wish === "width" ? Math.max(64, Math.round(value / 64) * 64) : Math.round(value));
  };
  const found = PP.make("div", { class: "pp-big-found", "aria-live": "polite" });

  function show() {
    if (!drawn) {
      drawn = true;
      const form = PP.make("div", { class: "pp-big-wishes" }, choice("kind", KINDS), slider("width"), slider("depth"), slider("batch"), choice("optimizer", OPTIMIZERS));
      form.addEventListener("input", ask);
      host.replaceChildren(PP.make("p", { class: "pp-inside-text" }, word("text")), form, found);
    }
    ask();
  }

  async function ask() {
    const mine = ++turn, wish = {};
    for (const input of host.querySelectorAll("[data-wish]")) {
      wish[input.dataset.wish] = input.type === "range" ? valueOf(input) : input.value;
      if (input.type === "range") {
        input.nextElementSibling.textContent = wish[input.dataset.wish].toLocaleString("en");
        input.setAttribute("aria-valuetext", wish[input.dataset.wish]);
      }
    }
    const answer = await server.big(wish);
    if (mine !== turn) return;
    if (answer.error) found.replaceChildren(PP.make("p", { class: "pp-inside-error", role: "alert" }, answer.error.message));
    else found.replaceChildren(...told(answer));
  }

  const large = (value) => {
    const units = [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]], [size, letter] = units.find(([least]) => value >= least) ?? [1, ""];
    return `${PP.number(value / size, 3)} ${letter}`.trim();
  };
  function told(answer) {
    const { parameters, flops, memory, machines, block, width, model } = answer;
    const head = PP.make("div", { class: "pp-big-head" }, PP.make("p", {}, PP.make("b", {}, large(parameters)), ` ${word("parameters")}`, PP.make("small", {}, word("block", { formula: block, width: width.toLocaleString("en") }))),
      PP.make("p", {}, PP.make("b", {}, large(flops)), ` ${word("flops")}`));
    const most = Math.max(memory.fp32.total, memory.amp.total);
    const bars = ["fp32", "amp"].map((kind) => PP.make("div", { class: "pp-big-bar" }, PP.make("p", {}, word(kind), PP.make("b", {}, PP.bytes(memory[kind].total))),
      PP.make("div", { class: "pp-big-track" }, ...PARTS.map((part) => PP.make("span", { class: `pp-big-${part}`, style: `width:${(100 * memory[kind][part]) / most}%`, title: `${word(`part_${part}`)}: ${PP.bytes(memory[kind][part])}` })))));
    const legend = PP.make("ul", { class: "pp-big-legend" }, ...PARTS.map((part) => PP.make("li", {}, PP.make("i", { class: `pp-big-${part}` }), `${word(`part_${part}`)} `, PP.make("small", {}, `${PP.bytes(memory.fp32[part])} · ${PP.bytes(memory.amp[part])}`))));
    const lines = Object.entries(machines).map(([name, size]) => PP.make("tr", {}, PP.make("th", { scope: "row" }, word(name, { size: PP.number(size / GIB, 3) })), ...["fp32", "amp"].map((kind) => {
      const fits = memory[kind].total <= size;
      return PP.make("td", { class: fits ? "pp-is-good" : "pp-is-bad" }, fits ? word("yes") : word("no", { times: PP.number(memory[kind].total / size, 2) }));
    })));
    const table = PP.make("div", { class: "pp-inside-scroll" }, PP.make("table", { class: "pp-inside-table pp-big-machines" }, PP.make("thead", {}, PP.make("tr", {}, PP.make("th", { scope: "col" }, word("fits")), PP.make("th", { scope: "col" }, "fp32"), PP.make("th", { scope: "col" }, "AMP"))), PP.make("tbody", {}, ...lines)));
    const button = PP.make("button", { type: "button", class: "pp-button" }, word("open"));
    button.addEventListener("click", () => open(model));
    return [head, PP.make("h4", {}, word("memory")), ...bars, legend, table, button];
  }
  return { show };
};
}
