// A list of torchvision transforms: what several random draws make of real images, the histogram, the code.
"use strict";

PP.dataParts = PP.dataParts ?? {};

PP.dataParts.transforms = ({ root, t, call, props, settings }) => {
  const known = new Map(props.transforms.map((kind) => [kind.name, kind])), DELAY = 120;
  const fresh = (name, values = {}) => ({ name, values: { ...Object.fromEntries(known.get(name).parameters.map(({ name: one, usual }) => [one, usual])), ...values } });
  let steps = [fresh("RandomRotation", { degrees: 10 }), fresh("RandomAffine"), fresh("Normalize")], seed = 1, turn = 0, timer = 0;

  const list = PP.make("ol", { class: "pp-transform-list" });
  const add = PP.make("select", { class: "pp-data-select", "aria-label": t("add") }, PP.make("option", { value: "" }, t("add")), ...[...known.keys()].map((name) => PP.make("option", { value: name }, name)));
  add.addEventListener("change", () => {
    if (!add.value) return;
    const last = steps.at(-1)?.name === "Normalize" && add.value !== "Normalize" ? steps.length - 1 : steps.length;
    steps.splice(last, 0, fresh(add.value)); // Normalize stays the last one
    add.value = "";
    changed();
  });
  const seedField = PP.make("input", { type: "number", min: 0, step: 1, value: seed, class: "pp-data-number", "aria-label": t("seed") });
  seedField.addEventListener("input", () => { seed = seedField.value === "" ? null : Number(seedField.value); later(); });
  const again = PP.make("button", { type: "button", class: "pp-button pp-transform-again" }, t("again"));
  again.addEventListener("click", () => { seed = Number.isInteger(seed) ? (seed + 1) % 2 ** 31 : 1; seedField.value = seed; draw(); });
  const warnings = PP.make("ul", { class: "pp-transform-warnings" });
  const waiting = PP.make("p", { class: "pp-empty", role: "status" }, t("working")), grid = PP.make("div", { class: "pp-transform-grid" }), facts = PP.make("div", { class: "pp-transform-facts" });
  const code = PP.make("div", { class: "pp-transform-code" }), script = { value: {}, words: props.words };
  code.innerHTML = props.code; // a template of ours, escaped by the server
  let showScript = () => {};
  PP.codeView({ element: code, props: script, watch: (_, callback) => { showScript = callback; } });
  root.replaceChildren(PP.make("div", { class: "pp-transform-row" },
    PP.make("div", {}, PP.make("h3", {}, t("list")), list, PP.make("div", { class: "pp-data-bar" }, add), PP.make("div", { class: "pp-data-bar" }, PP.make("label", {}, t("seed"), " ", seedField), again)),
    PP.make("div", {}, warnings, waiting, grid, facts)), code);

  const icon = (sign, words, work, disabled = false) => {
    const button = PP.make("button", { type: "button", class: "pp-transform-icon", "aria-label": words, title: words, disabled }, sign);
    button.addEventListener("click", work);
    return button;
  };
  function showList() {
    list.replaceChildren(...(steps.length ? steps.map((step, place) => {
      const { name } = step, kind = known.get(name);
      const move = (by) => { [steps[place], steps[place + by]] = [steps[place + by], steps[place]]; changed(); };
      return PP.make("li", { "data-transform": name },
        PP.make("div", { class: "pp-transform-head" }, PP.make("b", {}, name),
          icon("↑", t("up", { name }), () => move(-1), place === 0), icon("↓", t("down", { name }), () => move(1), place === steps.length - 1),
          icon("×", t("remove", { name }), () => { steps.splice(place, 1); changed(); })),
        PP.make("p", {}, PP.make("span", { class: `pp-transform-keeps pp-is-${kind.label}` }, t(`keeps_${kind.label}`)), " ", t(`about_${name}`)),
        PP.make("div", { class: "pp-transform-values" }, ...kind.parameters.map((parameter) => field(step, parameter))));
    }) : [PP.make("li", { class: "pp-transform-none" }, t("empty_list"))]));
  }
  function field(step, { name, low, high, whole, odd }) {
    const size = odd ? 2 : whole ? 1 : (high - low) / 100 > 0.3 ? 0.5 : 0.01;
    const input = PP.make("input", { type: "number", min: low, max: high, step: whole ? 1 : "any", value: step.values[name], class: "pp-data-number", "aria-label": `${step.name} ${name}` });
    const slider = PP.make("input", { type: "range", min: low, max: high, step: size, value: step.values[name], tabindex: "-1", "aria-hidden": "true" });
    input.addEventListener("input", () => { step.values[name] = input.value === "" ? null : Number(input.value); slider.value = input.value; later(); });
    slider.addEventListener("input", () => { step.values[name] = Number(slider.value); input.value = slider.value; later(); });
    return PP.make("label", {}, PP.make("span", {}, name), slider, input);
  }

  const changed = () => { showList(); draw(); };
  const later = () => { clearTimeout(timer); timer = setTimeout(draw, DELAY); };

  async function draw() {
    clearTimeout(timer);
    const now = ++turn, found = await call("draw", { transforms: steps, seed });
    if (now !== turn) return;
    root.dataset.stale = String(!found);
    waiting.hidden = true;
    if (!found) return;
    showGrid(found);
    showFacts(found);
    warnings.replaceChildren(...found.warnings.map((words) => PP.make("li", {}, words)));
    script.value = found.script;
    showScript();
    root.dataset.turn = now;
  }

  function showGrid({ originals, draws, height, width, items, class_names: names }) {
    const originalsBytes = PP.digitBytes(originals);
    const row = (name, kind, pictures) => [PP.make("span", { class: "pp-transform-name" }, name), ...pictures.map((picture) => { picture.dataset.kind = kind; return picture; })];
    const cells = [row(t("original"), "before", items.map(({ index, label }, place) => PP.digit(originalsBytes, place, t("picture", { index, label: names[label] }))))];
    draws.forEach((pixels, number) => {
      const bytes = PP.digitBytes(pixels);
      cells.push(row(t("draw", { number: number + 1 }), "after", items.map(({ index, label }, place) => grey(bytes.subarray(place * height * width, (place + 1) * height * width), height, width, t("picture", { index, label: names[label] })))));
    });
    grid.style.setProperty("--columns", items.length);
    grid.replaceChildren(...cells.flat());
  }
  function grey(bytes, height, width, label) {
    const canvas = PP.make("canvas", { width, height, role: "img", "aria-label": label, title: label }), context = canvas.getContext("2d"), image = context.createImageData(width, height);
    bytes.forEach((value, place) => image.data.set([value, value, value, 255], 4 * place));
    context.putImageData(image, 0, 0);
    return canvas;
  }

  function showFacts({ before, after, low, high, image_seconds: seconds, train_size: count }) {
    facts.replaceChildren(
      PP.make("div", { class: "pp-transform-pair" }, histogram(t("before"), before), histogram(t("after"), after)),
      PP.make("p", {}, [t("log_note"), t("shades", { low: PP.number(low, 3), high: PP.number(high, 3) }), t("cost", { milliseconds: (1000 * seconds).toFixed(2), count: count.toLocaleString("en"), seconds: PP.number(seconds * count, 3) })].join(" ")));
  }
  function histogram(title, { mean, std, low, high, histogram: counts }) {
    const text = t("mean_std", { mean: mean.toFixed(4), std: std.toFixed(4) }), highest = Math.log1p(Math.max(...counts));
    const bars = counts.map((count) => PP.make("i", { style: `height:${(100 * Math.log1p(count)) / highest}%`, title: count.toLocaleString("en") }));
    return PP.make("figure", { class: "pp-transform-histogram" }, PP.make("figcaption", {}, PP.make("b", {}, title), " ", text), PP.make("div", { role: "img", "aria-label": `${title}: ${text}` }, ...bars), PP.make("div", { class: "pp-transform-ends" }, PP.make("span", {}, PP.number(low, 3)), PP.make("span", {}, PP.number(high, 3))));
  }

  showList();
  let last = "";
  return { show: () => { const { dataset } = settings(); if (dataset !== last) root.dataset.turn = 0; last = dataset; draw(); } };
};
