// The Autograd tab: the graph of a program, stepped through forward and backward, questioned node by node.
"use strict";

{
const PLAY_MS = 620, LONG_PLAY_MS = 9000, GLIDE_MS = 300, PATIENCE_MS = 250, NARROW_PIXELS = 760;

PP.autogradView = ({ element, props, server, watch, emit }) => {
  const t = PP.words(props.words);
  const find = (selector) => element.querySelector(selector);
  let result = null, graph = null, nodes = new Map(), forward = [], steps = [], position = 0, selected = null;
  let compared = null, edits = [], playing = 0, fast = false, waiting = 0, part = "gradients";

  const view = PP.graphView(find(".pp-autograd-graph"), { words: props.words, onSelect: (id) => { pause(); choose(id, true); } });
  const passes = PP.passesView({ host: find(".pp-passes"), t, choose: openPass });
  const inspector = PP.autogradInspector({
    element: find(".pp-inspector"), t, ask, edit, edits: () => edits,
    name: (id) => title(nodes.get(id)) ?? `#${id}`, select: (id) => { choose(id, true); view.reveal(id); },
  });
  const script = { value: {}, words: props.words };
  let showScript = () => {};
  PP.codeView({ element: find("[data-panel=code]"), props: script, watch: (_, callback) => { showScript = callback; } });

  /** A question about the graph; the server makes it again when it has let it go. */
  async function ask(question) {
    const { session, code, output, seed } = graph, asked = graph;
    const answer = await server.ask({ graph: { session, code, output, seed, edits }, question });
    if (asked === graph && answer.session) graph.session = answer.session;
    return answer;
  }

  // ---- what is shown
  function show() {
    if (!props.value?.result) return;
    settle();
    result = JSON.parse(props.value.result);
    graph = { session: result.session, code: result.code, output: result.output, seed: result.seed };
    edits = [];
    PP.programError({ box: find(".pp-autograd-error"), result, t, take });
    passes.show(result);
    showBlame();
    showPrinted();
    script.value = result.script_view;
    showScript();
    showGraph(result);
    const count = (result.printed.match(/\n/g) ?? []).length + result.warnings.length;
    find("[data-part=printed]").dataset.count = count || "";
  }

  /** A graph and its steps: of the result, or of another pass of it. */
  function showGraph(given) {
    pause();
    compared = null;
    find(".pp-edited-note").hidden = true;
    graph.pass = given.pass;
    nodes = new Map(given.nodes.map((node) => [node.id, node]));
    steps = given.steps;
    forward = given.nodes.map(({ id }) => id);
    graph.contributions = given.contributions;
    graph.gradients = given.gradients;
    graph.failed = given.failed;
    const bad = new Set([given.failed, result.first_non_finite?.node]);
    const root = steps[0]?.node;
    view.show({
      nodes: given.nodes.map((node) => ({
        id: node.id, title: title(node), subtitle: node.shape?.length ? PP.shape(node.shape) : "",
        kind: node.id === root ? "root" : node.order === 2 && node.kind === "op" ? "second" : node.kind, group: node.kind === "leaf" ? place(node) : node.module,
        badge: node.kind === "leaf" ? "" : node.label, line: node.line, state: bad.has(node.id) ? "error" : "",
      })),
      edges: given.edges.map(([from, to]) => ({ from, to, label: nodes.get(from)?.shape?.length ? PP.shape(nodes.get(from).shape) : "", kind: nodes.get(to)?.kind === "cut" ? "cut" : "" })),
    });
    const timeline = find(".pp-timeline");
    timeline.max = forward.length + steps.length;
    find(".pp-transport").hidden = find(".pp-until").hidden = !forward.length;
    selected = null;
    go(graph.failed === null ? forward.length : forward.length + steps.length);
    if (graph.failed !== null) choose(graph.failed, true);
    if (!forward.length) inspector.show(null);
    showGradients();
  }

  const title = (node) => {
    if (!node) return null;
    if (node.kind === "leaf") return node.label || t("leaf");
    return PP.operationName(node);
  };
  /** A parameter is drawn in the module that it belongs to. */
  const place = (node) => (node.label.includes(".") ? node.label.replace(/\.[^.]*$/, "") : "");

  function showBlame() {
    const box = find(".pp-blame"), blame = result.first_non_finite;
    box.hidden = !blame;
    if (!blame) return;
    const button = PP.make("button", { type: "button", class: "pp-node-link" }, t("show_node"));
    button.addEventListener("click", () => { choose(blame.node, true); view.reveal(blame.node); });
    box.replaceChildren(PP.make("b", {}, t(`blame_${blame.phase}`)), " ",
      t("blame_text", { op: PP.operationName({ kind: "op", op: blame.op }), line: blame.line ?? "–" }), " ", PP.make("code", {}, blame.source), ". ",
      t(blame.finite_inputs ? "blame_finite" : "blame_infinite"), " ", blame.node === null || !nodes_have(blame.node) ? "" : button);
  }
  const nodes_have = (id) => result.nodes.some((node) => node.id === id);

  function showPrinted() {
    const parts = result.warnings.map(({ line, message }) => PP.make("p", { class: "pp-warning" }, line ? PP.make("b", {}, `${t("line", { line })} `) : null, message));
    if (result.printed) parts.push(PP.make("pre", { class: "pp-printed", tabindex: 0 }, result.printed));
    find("[data-panel=printed]").replaceChildren(...(parts.length ? parts : [PP.make("p", { class: "pp-empty" }, t("no_printed"))]));
  }

  function showGradients() {
    const pass = result.passes[graph.pass];
    const parts = [PP.gradientTable({ gradients: graph.gradients, contributions: graph.contributions, compared: compared?.gradients, t })];
    if (!compared && pass?.difference !== null && pass?.difference !== undefined) parts.push(PP.make("p", { class: "pp-equal" }, t(pass.difference < 1e-6 ? "equal" : "unequal", { difference: PP.number(pass.difference, 2) })));
    if (pass?.error && !result.error) parts.push(PP.make("p", { class: "pp-warning" }, t("stopped_early", { reason: pass.error })));
    find("[data-panel=gradients]").replaceChildren(...parts);
    find(".pp-tensor-note").textContent = graph && result.nodes.length ? t("saved_total", { bytes: PP.bytes(result.saved_bytes), count: result.nodes.length }) : "";
  }

  // ---- going through it
  const isBackward = () => position > forward.length;
  // Between the two, the output is looked at: where the backward pass will begin.
  const hasFailed = () => graph.failed !== null && position === forward.length + steps.length;
  const current = () => (hasFailed() ? graph.failed : position === 0 ? null : isBackward() ? steps[position - forward.length - 1].node
    : position === forward.length && steps.length ? steps[0].node : forward[position - 1]);

  function seek(next) {
    position = Math.max(0, Math.min(forward.length + steps.length, next));
    find(".pp-timeline").value = position;
    mark();
    tell(current());
  }
  /** To a place; the node that is current there is looked at. */
  function go(next) {
    seek(next);
    const now = current();
    if (now !== null && (playing || position !== forward.length || selected === null)) choose(now, false);
  }

  function mark() {
    const done = new Set(), values = new Map(), changed = new Set(), seen = position - forward.length;
    const edited = new Map((compared?.nodes ?? []).map((one) => [one.id, one]));
    forward.forEach((id, index) => { if (index < position) values.set(id, short(nodes.get(id).value)); });
    const ahead = new Set(forward.slice(position));
    for (const { node, incoming } of steps.slice(0, Math.max(0, seen))) {
      done.add(node);
      const other = edited.get(node);
      values.set(node, `∂ ${short(other ? other.gradient : incoming[0])}`);
      if (other?.changed) changed.add(node);
    }
    // The program's own backward pass has let go of what was saved, once it is over.
    const over = position === forward.length + steps.length;
    const freed = new Set(over ? forward.filter((id) => nodes.get(id).freed) : []);
    view.mark({ current: current(), done, selected, changed, values, ahead, freed, fast: Boolean(playing) && fast });
  }
  const brief = (tensor) => (tensor ? PP.tensorTold(tensor) : t("none_short"));
  /** On a box there is room for little. */
  const short = (tensor) => (tensor ? PP.tensorTold(tensor, 3, 3) : t("none_short"));

  /** One sentence: what has just happened. */
  function tell(now) {
    const node = nodes.get(now), where = find(".pp-where"), told = find(".pp-told");
    where.textContent = isBackward() ? t("where_backward", { number: position - forward.length, count: steps.length }) : t("where_forward", { number: position, count: forward.length });
    if (hasFailed()) told.textContent = t("told_failed", { name: title(nodes.get(graph.failed)) });
    else if (!node) told.textContent = t("before_start");
    else if (!isBackward()) told.textContent = position === forward.length && steps.length ? t("forward_done") : t(`told_${node.kind === "leaf" || node.kind === "cut" ? node.kind : "forward"}`, { name: title(node), value: brief(node.value) });
    else {
      const step = steps[position - forward.length - 1], other = compared?.nodes.find((one) => one.id === now);
      const sent = other?.outgoing ?? step.outgoing.filter((one) => !one.none), came = other ? other.gradient : step.incoming[0];
      const key = node.kind === "leaf" ? "told_leaf_gradient" : came === null ? "told_no_gradient" : "told_backward";
      told.textContent = t(key, { name: title(node), gradient: brief(came), targets: sent.map((one) => `${title(nodes.get(one.to))}: ${brief(one)}`).join("; ") || t("none_short") });
    }
  }

  function choose(id, byHand) {
    if (id === null || !nodes.has(id)) return;
    selected = id;
    mark();
    clearTimeout(choose.timer);
    const where = { pass: graph.pass, edited: Boolean(compared), over: position === forward.length + steps.length, key: `${graph.session}|${graph.pass}|${edits.length && JSON.stringify(edits)}` };
    // While it plays fast, only where it comes to rest is asked about.
    choose.timer = setTimeout(() => inspector.show(nodes.get(id), where), byHand || !playing ? 0 : 120);
  }

  function play() {
    if (playing) return pause();
    if (position >= forward.length + steps.length) go(0);
    const total = forward.length + steps.length;
    const each = Math.max(16, Math.min(PLAY_MS, LONG_PLAY_MS / Math.max(1, total)));
    fast = each < GLIDE_MS;
    playing = setInterval(() => {
      go(position + 1);
      if (position >= total) pause();
    }, each);
    find(".pp-play").dataset.playing = "";
    find(".pp-play span").textContent = t("pause");
  }
  function pause() {
    clearInterval(playing);
    playing = 0;
    delete find(".pp-play").dataset.playing;
    find(".pp-play span").textContent = t("play");
  }

  const moves = {
    first: () => go(0), back: () => go(position - 1), step: () => go(position + 1), play, last: () => go(forward.length + steps.length),
  };
  for (const button of element.querySelectorAll("[data-go]")) {
    button.addEventListener("click", () => {
      if (button.dataset.go !== "play") pause();
      moves[button.dataset.go]();
    });
  }
  find(".pp-timeline").addEventListener("input", (event) => { pause(); go(Number(event.target.value)); });

  // Run until something holds, looking from here on through the backward pass.
  const until = find(".pp-until select"), threshold = find(".pp-threshold");
  until.addEventListener("change", () => { threshold.hidden = until.value !== "above"; });
  find(".pp-run-until").addEventListener("click", () => {
    pause();
    const from = Math.max(0, position - forward.length), limit = Number(threshold.value.replace(",", "."));
    const module = nodes.get(current())?.module;
    const holds = {
      selected: ({ node }) => node === selected,
      above: ({ incoming }) => incoming.some((one) => one && Math.abs(one.largest ?? Infinity) > limit),
      non_finite: ({ incoming, outgoing }) => [...incoming, ...outgoing].some((one) => one && one.finite === false),
      module: ({ node }) => nodes.get(node).module && nodes.get(node).module !== module,
    }[until.value];
    const index = steps.findIndex((step, place) => place >= from && holds(step));
    if (index < 0) find(".pp-told").textContent = t("until_never");
    else go(forward.length + index + 1);
  });

  // ---- questions that change the picture
  async function openPass(number) {
    if (number === graph.pass) return;
    const answer = await ask({ ask: "pass", pass: number });
    if (answer.error) { find(".pp-told").textContent = answer.error.message; return; }
    edits = [];
    Object.assign(result, { nodes: answer.nodes, edges: answer.edges, saved_bytes: answer.saved_bytes });
    showGraph(answer);
  }

  async function edit(next) {
    const answer = await ask({ ask: "edit", pass: graph.pass, edits: next });
    if (answer.error) { find(".pp-told").textContent = answer.error.message; return; }
    edits = next;
    compared = next.length ? answer : null;
    seek(isBackward() ? position : forward.length + steps.length);
    showGradients();
    open("gradients");
    showEdits();
    choose(selected, true);
  }

  /** That what is seen is not what is, and the way back. */
  function showEdits() {
    const box = find(".pp-edited-note");
    box.hidden = !edits.length;
    const undo = PP.make("button", { type: "button", class: "pp-node-link" }, t("edit_undo"));
    undo.addEventListener("click", () => edit([]));
    const names = edits.map((one) => `${title(nodes.get(one.node))}: ${t(`edit_${one.kind}`)}${["zero", "nan"].includes(one.kind) ? "" : ` ${one.amount}`}`);
    box.replaceChildren(`${t("what_if")}: ${names.join("; ")} · `, undo);
  }

  // ---- panels, running
  function open(name) {
    part = name;
    for (const tab of element.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.part === part));
    for (const panel of element.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== part;
  }
  for (const tab of element.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => open(tab.dataset.part));
    tab.addEventListener("keydown", (event) => {
      const tabs = [...element.querySelectorAll("[role=tab]")], next = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!next) return;
      const chosen = tabs[(tabs.indexOf(tab) + next + tabs.length) % tabs.length];
      chosen.focus();
      open(chosen.dataset.part);
    });
  }

  function take(code) {
    props.value = { chosen: code };
    start();
    emit.fix({});
  }
  function start() {
    clearTimeout(waiting);
    waiting = setTimeout(() => { find(".pp-autograd").dataset.running = ""; find(".pp-told").textContent = t("running"); }, PATIENCE_MS);
    start.asked = true;
  }
  function settle() {
    clearTimeout(waiting);
    delete find(".pp-autograd").dataset.running;
    if (start.asked && innerWidth < NARROW_PIXELS) element.scrollIntoView({ block: "start", behavior: "smooth" });
    start.asked = false;
  }
  document.addEventListener("click", (event) => { if (event.target.closest?.("#autograd-run")) start(); });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "Enter" || !event.target.closest?.("#autograd-code")) return;
    event.preventDefault();
    event.stopPropagation();
    document.querySelector("#autograd-run")?.click();
  }, true);

  // The first look asks for the first graph.
  const looked = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    looked.disconnect();
    if (props.value?.result) return;
    start();
    start.asked = false;
    emit.begin({});
  });
  looked.observe(element);

  open(part);
  show();
  watch("value", show);
};
}
