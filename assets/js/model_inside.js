// Inside the network of the Models tab: it is run on one image whenever it has changed, and the rows get their pictures.
"use strict";

{
const INPUT = "input", WAIT_MS = 120;
const APART = new Set(["big", "compare"]); // they do not show what the network was seen to do

PP.modelInside = ({ element, props, server, watch, emit }) => {
  const t = PP.words(props.words), find = (selector) => element.querySelector(selector);
  const tables = PP.insideTables(t);
  let network = null, result = null, inspected = null, part = "activations", turn = 0, waiting = 0, graph = null, painted = new Set();
  const current = () => (network && !network.checked.error ? { ...network, name: network.checked.model?.name ?? t("code_model") } : null);
  const compare = PP.insideCompare({ host: find("[data-panel=compare]"), t, server, current });
  const big = PP.insideBig({ host: find("[data-panel=big]"), t, server, open: (model) => PP.models?.open(model) });
  const number = (selector) => {
    const text = find(selector).value.trim();
    return text === "" || !Number.isFinite(Number(text)) ? text : Number(text);
  };

  // ---- which image, which weights
  function showWeights() {
    const select = find(".pp-inside-weights"), chosen = select.value || "auto";
    const options = [["auto", t("weights_auto")], ["", t("weights_fresh")], ["pretrained", t("weights_pretrained")], ["pretrained-fast", t("weights_fast")],
      ...(props.value?.runs ?? []).map((run) => [run.id, t("weights_run", { model: run.model, accuracy: run.accuracy === null ? "" : PP.percent(run.accuracy) }), "run"]),
      ...(props.value?.brought ?? []).map((one) => [one.id, t("weights_brought", { model: one.model }), "file"])];
    select.replaceChildren(...options.map(([value, label, source]) => PP.make("option", { value, selected: value === chosen, "data-source": source }, label)));
  }
  /** The last one is the CPU, which every machine has. */
  function showDevices() {
    const select = find(".pp-inside-device"), chosen = select.value;
    select.replaceChildren(...[...(props.value?.devices ?? ["cpu"])].reverse().map((name) => PP.make("option", { value: name, selected: name === chosen }, name)));
  }
  for (const select of element.querySelectorAll(".pp-inside-weights, .pp-inside-device")) select.addEventListener("change", () => look(0));
  for (const field of element.querySelectorAll(".pp-inside-index, .pp-inside-seed")) field.addEventListener("change", () => look(0));
  for (const button of element.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      const field = find(".pp-inside-index");
      field.value = Math.min(9999, Math.max(0, (Number(field.value) || 0) + Number(button.dataset.step)));
      look();
    });
  }

  // ---- looking
  function look(wait = WAIT_MS) {
    clearTimeout(waiting);
    if (!network) return;
    if (network.model === null) {
      turn += 1; // an answer that is under way is about another network
      return void show({ rows: [], error: network.checked.error });
    }
    element.classList.add("pp-is-old");
    waiting = setTimeout(async () => {
      const mine = ++turn, slow = setTimeout(() => { find(".pp-inside-note").textContent = t("loading"); }, 400);
      const answer = await server.inspect({ model: network.model, shape: network.shape, digit: number(".pp-inside-index"), seed: number(".pp-inside-seed"), weights: find(".pp-inside-weights").value, device: find(".pp-inside-device").value });
      clearTimeout(slow);
      if (mine !== turn) return;
      show(answer.inside ?? { rows: [], error: answer.error });
    }, wait);
  }
  function show(found) {
    find(".pp-inside-note").textContent = "";
    tell(!found.error ? "" : network.checked.error ? shortfall(found) : found.error.message);
    element.classList.remove("pp-is-old");
    if (found.digit) [result, inspected] = [found, network.model];
    else if (inspected !== network.model) result = null; // that of another network
    painted = new Set([...painted].filter((name) => APART.has(name)));
    paint();
    document.dispatchEvent(new CustomEvent("pp-inside", { detail: { rows: found.rows } }));
  }
  /** What is shown of a network that fails; the rows have said already why it does. */
  function shortfall(found) {
    const failing = network.checked.layers.find((row) => row.error), seen = found.rows.some(({ image }) => image);
    if (!found.digit || !(failing || seen)) return t("no_model");
    return failing ? t(seen ? "stops_at" : "stops_first", { layer: `${failing.name} (${failing.type})` }) : t("stops");
  }
  function tell(message) {
    find(".pp-inside-error").textContent = message;
    find(".pp-inside-error").hidden = !message;
  }
  document.addEventListener("pp-model", ({ detail }) => take(detail));
  function take(detail) {
    network = detail;
    painted.delete("compare");
    if (part === "compare") paintPart(); // it asks for what it needs itself
    look();
  }

  // ---- painting what is looked at
  function paint() {
    if (result) {
      find(".pp-inside-label").textContent = t("label", { label: result.digit.label });
      const digit = PP.picture(result.input, { most: 1 });
      digit.classList.add("pp-inside-digit");
      find(".pp-inside-digit").replaceWith(digit);
      const fresh = result.weights === "fresh", chosen = find(".pp-inside-weights");
      const used = !fresh ? (chosen.selectedOptions[0]?.dataset.source === "file" ? "used_brought" : "used_trained") : chosen.value === "auto" ? "used_none" : "used_fresh";
      find(".pp-inside-seeded").hidden = !fresh;
      if (!find(".pp-inside-note").textContent) find(".pp-inside-note").textContent = t(used);
    }
    paintPart();
  }
  function paintPart() {
    const panel = find(`[data-panel=${part}]`);
    if (APART.has(part)) {
      if (!painted.has(part)) (part === "big" ? big : compare).show();
      painted.add(part);
      return;
    }
    if (!result) {
      if (part === "diagram") graph = null;
      return void panel.replaceChildren(find(".pp-inside-error").hidden ? PP.make("p", { class: "pp-inside-text" }, t("waiting")) : "");
    }
    if (painted.has(part)) return;
    painted.add(part);
    if (part === "diagram") showDiagram(panel);
    else panel.replaceChildren(...tables[part](result));
  }

  function showDiagram(panel) {
    if (!graph) {
      const host = PP.make("div", { class: "pp-inside-graph" }), detail = PP.make("div", { class: "pp-inside-detail", "aria-live": "polite" });
      panel.replaceChildren(PP.make("p", { class: "pp-inside-text" }, t("diagram_text")), PP.make("div", { class: "pp-inside-diagram" }, host, detail));
      graph = { detail, view: PP.graphView(host, { words: props.words, onSelect: choose }) };
    }
    const shape = (row) => (row.output_shapes?.[0] ? PP.shape(row.output_shapes[0].slice(1)) : "");
    const within = (name) => name.split(".").slice(0, -1).join("."), last = result.rows.length - 1;
    const nodes = [{ id: INPUT, title: t("input"), subtitle: PP.shape(network.shape), kind: "leaf", group: "", badge: "", line: null, state: "" },
      ...result.rows.map((row, place) => ({ id: String(place), title: row.type, subtitle: shape(row), kind: place === last ? "root" : "op", group: within(row.name), badge: row.name.split(".").at(-1), line: null, state: "" })),
      ...result.joints.map(({ id, type, group, shape: size }) => ({ id, title: type, subtitle: size.length ? PP.shape(size.slice(1)) : "", kind: "op", group, badge: "", line: null, state: "" }))];
    const known = new Set(nodes.map(({ id }) => id));
    const label = (from) => (from === INPUT ? PP.shape(network.shape) : result.rows[Number(from)] ? shape(result.rows[Number(from)]) : "");
    graph.view.show({ nodes, edges: result.edges.filter(([from, to]) => known.has(from) && known.has(to)).map(([from, to]) => ({ from, to, label: label(from), kind: "" })) });
    choose(graph.chosen && known.has(graph.chosen) ? graph.chosen : "0");
  }
  function choose(id) {
    graph.chosen = id;
    graph.view.mark({ selected: id });
    const row = id === INPUT ? { type: t("input"), name: "", image: result.input, summary: {}, output_shapes: [] } : result.rows[Number(id)];
    graph.detail.replaceChildren(...(id === INPUT ? [PP.make("p", {}, PP.make("b", {}, t("input"))), PP.picture(result.input, { side: 112 })] : tables.detail(row)));
  }

  // ---- parts
  const tabs = [...element.querySelectorAll("[role=tab]")];
  function openPart(name, focus = false) {
    part = name;
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", String(tab.dataset.part === part));
      tab.tabIndex = tab.dataset.part === part ? 0 : -1;
      if (focus && tab.dataset.part === part) tab.focus();
    }
    for (const panel of element.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== part;
    paintPart();
  }
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => openPart(tab.dataset.part));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) openPart(tabs.at((place + step) % tabs.length).dataset.part, true);
    });
  });

  showWeights();
  watch("value", () => { showWeights(); showDevices(); });
  openPart(part);
  if (PP.modelNow) take(PP.modelNow);
  const looked = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    looked.disconnect();
    emit.begin({});
  });
  looked.observe(element);
};
}
