// The steps of a tensor program: cards, storage strips, printed text, and an error with the fixes that were run.
"use strict";

const STEPS_SHOWN = 30, STEPS_MORE = 100, STRIP_CELLS = 48, OPERAND_CELLS = 300, NARROW_PIXELS = 760, PATIENCE_MS = 250;

PP.tensorView = ({ element, props, server, watch, emit }) => {
  const t = PP.words(props.words);
  const find = (selector) => element.querySelector(selector);
  let result = null, traces = new Map(), hovered = null, part = "steps", pending = new Set(), waiting = 0;

  for (const tab of element.querySelectorAll("[role=tab]")) {
    tab.addEventListener("click", () => open(tab.dataset.part));
    tab.addEventListener("keydown", (event) => {
      const tabs = [...element.querySelectorAll("[role=tab]")], place = tabs.indexOf(tab);
      const next = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!next) return;
      const chosen = tabs[(place + next + tabs.length) % tabs.length];
      chosen.focus();
      open(chosen.dataset.part);
    });
  }

  function open(name) {
    part = name;
    if (result && pending.has(name)) {
      pending.delete(name);
      if (name === "storage") find("[data-panel=storage]").replaceChildren(...strips());
      if (name === "code") {
        script.value = result.script_view;
        showScript();
      }
    }
    for (const tab of element.querySelectorAll("[role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.part === name));
    for (const panel of element.querySelectorAll("[data-panel]")) panel.hidden = panel.dataset.panel !== name;
  }

  // Puts a program into the editor and runs it.
  function take(program) {
    props.value = { chosen: program };
    start();
    emit.fix({});
    document.querySelector("#tensor-code .cm-content")?.focus({ preventScroll: true });
  }
  const keepProgram = PP.keptPrograms(take);

  const script = { value: {}, words: props.words };
  let showScript = () => {};
  PP.codeView({ element: find("[data-panel=code]"), props: script, watch: (_, callback) => { showScript = callback; } });

  function show() {
    if (!props.value?.result) return;
    settle();
    result = JSON.parse(props.value.result);
    keepProgram(result);
    traces = new Map();
    hovered = null;
    const panel = (name) => find(`[data-panel=${name}]`);
    showError();
    panel("steps").replaceChildren(...drawSteps());
    panel("printed").replaceChildren(...printed());
    pending = new Set(["storage", "code"]); // drawn when they are opened
    open(part);
    const count = (name, number) => { find(`[data-part=${name}]`).dataset.count = number || ""; };
    count("steps", result.steps.length);
    count("storage", new Set(result.steps.map((step) => step.storage)).size);
    count("printed", (result.printed.match(/\n/g) ?? []).length + result.warnings.length);
    find(".pp-tensor-note").textContent = note();
    if (part === "steps" && !result.steps.length && result.printed) open("printed");
    else if (part === "printed" && !result.printed && !result.warnings.length) open("steps");
  }

  // While a program runs: after a moment what is shown is the program before, and this one can be stopped.
  function start() {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      element.querySelector(".pp-tensors").dataset.running = "";
      const stop = PP.make("button", { type: "button", class: "pp-stop-program" }, t("stop"));
      stop.addEventListener("click", () => emit.stop({}));
      find(".pp-tensor-note").replaceChildren(`${t("running")} `, stop);
    }, PATIENCE_MS);
    asked = true;
  }
  let asked = false;
  function settle() {
    clearTimeout(waiting);
    delete element.querySelector(".pp-tensors").dataset.running;
    if (asked && innerWidth < NARROW_PIXELS) element.scrollIntoView({ block: "start", behavior: "smooth" });
    asked = false;
  }
  document.addEventListener("click", (event) => { if (event.target.closest?.("#tensor-run")) start(); });

  function note() {
    if (result.truncated) return t("truncated", { count: result.steps.length.toLocaleString("en") });
    if (result.no_gpu && /cuda|mps|xpu/.test(result.code)) return t("gpu_none");
    return "";
  }

  // The error: the line with what failed underlined, what went in, and the fixes.
  function showError() {
    const { failure } = result, between = [];
    if (failure?.broadcast) between.push(PP.make("div", { class: "pp-broadcast" }, axesTable(failure.broadcast.axes, failure.operands)));
    if (failure?.operands?.length) between.push(PP.make("div", { class: "pp-flow" }, ...failure.operands.map((operand) => operandGrid(operand).node)));
    PP.programError({ box: find(".pp-tensor-error"), result, t, take, between });
  }

  function printed() {
    const parts = result.warnings.map(({ line, message }) =>
      PP.make("p", { class: "pp-warning" }, line ? PP.make("b", {}, `${t("line", { line })} `) : null, message));
    if (result.printed) parts.push(PP.make("pre", { class: "pp-printed", tabindex: 0 }, result.printed));
    return parts.length ? parts : [PP.make("p", { class: "pp-empty" }, t("no_printed"))];
  }

  // Steps: as cards, and a loop as one of its turns
  function drawSteps() {
    if (!result.steps.length) return [PP.make("p", { class: "pp-empty" }, t("no_steps"))];
    return page(PP.groupLoops(result, result.steps.keys()), 0, STEPS_SHOWN);
  }

  /** Cards and loops from one place to another, and a button that puts more in its own place. `depth`: loops around them. */
  function page(parts, from, to, depth = 0) {
    const made = parts.slice(from, to).map((part) => (part.loop ? loop(part, depth) : card(result.steps[part.step], part.step)));
    if (parts.length > to) {
      const rest = parts.slice(to).flatMap((part) => part.turns?.flatMap((turn) => turn.steps) ?? part.step).length;
      const more = PP.make("button", { type: "button", class: "pp-button" }, t("more", { count: rest.toLocaleString("en") }));
      more.addEventListener("click", () => more.replaceWith(...page(parts, to, to + STEPS_MORE, depth)));
      made.push(more);
    }
    return made;
  }

  function loop(part, depth) {
    const draw = (steps) => page(PP.groupLoops(result, steps, depth + 1), 0, STEPS_SHOWN, depth + 1);
    // Where the program ended with an error inside a loop, its last turn is the one to look at.
    const broken = result.error && part.turns.at(-1).steps.at(-1) === result.steps.length - 1;
    return PP.loopStepper(part, draw, t, broken ? part.turns.length - 1 : 0);
  }

  function card(step, index) {
    const kind = step.memory, inPlace = kind === "in_place";
    // x += 1 and x[0] = 1 are whole statements already.
    const target = step.name && !isStatement(step) ? PP.make("span", { class: "pp-target" }, `${step.name} = `) : null;
    const node = PP.make("article", { class: `pp-step pp-${kind}`, "data-storage": step.storage, tabindex: 0 },
      PP.make("header", {}, PP.make("span", { class: "pp-line" }, String(step.line)),
        PP.make("code", {}, target, step.source), operationLabel(step)),
      PP.make("div", { class: "pp-facts" }, PP.make("b", { title: rank(step.shape) }, PP.shape(step.shape)), PP.make("span", {}, step.dtype),
        step.device === "cpu" ? null : PP.make("span", {}, step.device),
        PP.make("span", { title: t("strides") }, `${t("lives", { strides: PP.shape(step.strides), offset: step.offset })}`),
        PP.make("span", { class: `pp-badge pp-badge-${kind}` }, t(kind), PP.make("sub", {}, `#${step.storage}`)),
        step.requires_grad ? PP.make("span", { class: "pp-badge" }, t("grad")) : null,
        PP.make("span", { class: "pp-bytes" }, bytes(step.bytes))));
    const { node: body, grid, operands } = picture(step, index);
    node.append(body);
    if (step.broadcast) node.append(broadcast(step));
    if (grid) trackHover(node, step, index, grid, operands);
    if (inPlace) for (const event of ["pointerenter", "focus"]) node.addEventListener(event, () => flash(step.storage, node));
    return node;
  }

  function operationLabel({ op, aten }) {
    const name = PP.operationName(op);
    return PP.make("span", { class: name === op ? "pp-op" : "pp-op pp-sign", title: [op, ...aten].join("\n") }, name);
  }

  /** What a shape says, in words: how many dimensions, how many elements. */
  const rank = (shape) => t(shape.length === 1 ? "rank_one" : "rank", { rank: shape.length, count: shape.reduce((product, size) => product * size, 1).toLocaleString("en") });
  const isStatement = (step) => step.op === "Tensor.__setitem__" || (step.memory === "in_place" && step.op.startsWith("Tensor.__i"));
  const bytes = (count) => (count < 1000 ? `${count} B` : count < 1e6 ? `${PP.number(count / 1e3, 3)} kB` : `${PP.number(count / 1e6, 3)} MB`);

  /** Operands → result, as far as they are small enough to be read. */
  function picture(step, index) {
    const flow = PP.make("div", { class: "pp-flow" });
    if (step.values === null) {
      step.operands.slice(0, 3).forEach((operand) => flow.append(operandGrid(operand).node));
      const large = step.image ? PP.make("div", { class: "pp-large" }, PP.make("figure", {}, PP.cells.image(step), PP.make("figcaption", {}, caption(step))), summary(step)) : summary(step);
      flow.append(PP.make("div", { class: "pp-to" }, step.operands.length ? PP.make("span", { class: "pp-arrow", "aria-hidden": "true" }, "→") : null, large));
      return { node: flow, grid: null, operands: [] };
    }
    const total = step.operands.reduce((sum, operand) => sum + operand.shape.reduce((a, b) => a * b, 1), 0);
    const operands = step.operands.length <= 4 && total <= OPERAND_CELLS && step.operands.every((operand) => operand.values !== null)
      ? step.operands.map((operand) => operandGrid(operand)) : [];
    const grid = PP.cells.grid(step);
    operands.forEach((operand) => flow.append(operand.node));
    grid.node.classList.add("pp-result");
    const arrow = operands.length ? PP.make("span", { class: "pp-arrow", "aria-hidden": "true" }, "→") : null;
    flow.append(PP.make("div", { class: "pp-to" }, arrow, grid.node)); // they stay together where the line breaks
    return { node: flow, grid, operands };
  }

  /** Which part of a large tensor its picture shows. */
  function caption({ shape, image }) {
    const parts = [];
    if (shape.length > 2) parts.push(t("slice", { slice: `[${shape.slice(0, -2).map(() => 0).join(", ")}]` }));
    if (shape.length === 1) parts.push(t("folded"));
    if (Math.max(...image.step) > 1) parts.push(t("thinned", { rows: image.step[0], columns: image.step[1] }));
    return parts.join("; ");
  }

  function summary(step) {
    const { min, max, mean, std, nan, inf } = step.summary;
    const row = (name, value) => [PP.make("dt", {}, name), PP.make("dd", {}, typeof value === "number" ? PP.cells.number(value) : "–")];
    return PP.make("dl", { class: "pp-summary" }, ...row("min", min), ...row("max", max), ...row("mean", mean), ...row("std", std),
      ...(nan ? row("nan", nan) : []), ...(inf ? row("inf", inf) : []));
  }

  /** An operand under its text in the program: its cells, or a box with its shape where it is too large. */
  const operandGrid = (operand) => {
    const label = operand.name || PP.shape(operand.shape);
    if (operand.values !== null) return PP.cells.grid({ ...operand, label });
    const box = PP.make("div", { class: "pp-operand-box" }, PP.make("b", {}, PP.shape(operand.shape)), PP.make("span", {}, operand.dtype));
    return { node: PP.make("div", { class: "pp-grids" }, PP.make("span", { class: "pp-grid-label" }, label), box), cells: [] };
  };

  /** Shapes one under the other, from the right: what was stretched, and where sizes clash. */
  function axesTable(axes, operands) {
    const head = PP.make("tr", {}, PP.make("th", {}), ...axes.map((_, axis) => PP.make("th", {}, String(axis - axes.length))));
    const rows = axes[0].sizes.map((_, operand) => PP.make("tr", {},
      PP.make("th", { scope: "row" }, operands[operand].name || `${operand + 1}`),
      ...axes.map((axis) => {
        const size = axis.sizes[operand], stretched = axis.stretched?.[operand];
        return PP.make("td", { class: axis.clash ? "pp-clash" : stretched ? "pp-stretched" : null },
          size === null ? "·" : String(size), stretched ? PP.make("i", {}, ` → ${axis.result}`) : null);
      })));
    const last = PP.make("tr", { class: "pp-broadcast-result" }, PP.make("th", {}, "="),
      ...axes.map((axis) => PP.make("td", { class: axis.clash ? "pp-clash" : null }, axis.clash ? t("clash") : String(axis.result))));
    return PP.make("div", { class: "pp-axes" }, PP.make("span", {}, t("broadcast")), PP.make("table", {}, head, ...rows, last));
  }

  function broadcast(step) {
    const { axes, caution } = step.broadcast;
    return PP.make("div", { class: "pp-broadcast" }, axesTable(axes, step.operands),
      caution ? PP.make("p", { class: "pp-warning" }, t("caution", { first: PP.shape(step.operands[0].shape), second: PP.shape(step.operands[1].shape), result: PP.shape(step.shape) })) : null);
  }

  // Hover: which input cells made this one. The server finds out once per step.
  function trackHover(node, step, index, grid, operands) {
    const light = (cell) => {
      clear();
      const trace = traces.get(index);
      if (!trace) return;
      hovered = [cell];
      cell.classList.add("pp-lit-out");
      (trace.cells?.[Number(cell.dataset.cell)] ?? []).forEach((inputs, place) => inputs.forEach((input) => {
        const other = operands[place]?.cells[input];
        if (other) {
          other.classList.add("pp-lit");
          hovered.push(other);
        }
      }));
    };
    const ask = async (cell) => {
      if (!operands.length) return;
      if (!traces.has(index)) {
        traces.set(index, null);
        const { code, seed } = result, asked = result;
        const answer = await server.cells({ code, seed, step: index });
        if (asked !== result) return;
        if (answer.error) traces.delete(index); // busy: the next hover asks again
        else traces.set(index, answer);
      }
      if (cell.matches(":hover") || cell === document.activeElement || cell.dataset.tapped) light(cell);
    };
    grid.node.addEventListener("pointerover", (event) => {
      const cell = event.target.closest("[data-cell]");
      if (cell) setTimeout(() => cell.matches(":hover") && ask(cell), 60);
    });
    grid.node.addEventListener("click", (event) => {
      const cell = event.target.closest("[data-cell]");
      if (!cell) return;
      cell.dataset.tapped = "1";
      ask(cell).then(() => { delete cell.dataset.tapped; });
    });
    grid.node.addEventListener("pointerleave", clear);
  }

  function clear() {
    for (const cell of hovered ?? []) cell.classList.remove("pp-lit", "pp-lit-out");
    hovered = null;
  }

  /** An operation in place changes every tensor that lies in the same memory: they flash. */
  function flash(storage, but) {
    for (const node of element.querySelectorAll(`[data-storage="${storage}"]`)) {
      if (node === but) continue;
      node.classList.remove("pp-flash");
      void node.offsetWidth; // restart the animation
      node.classList.add("pp-flash");
    }
  }

  // Storages: each piece of memory once, with every tensor that lies in it.
  function strips() {
    const groups = new Map();
    result.steps.forEach((step) => groups.set(step.storage, [...(groups.get(step.storage) ?? []), step]));
    const made = [...groups.values()].map(strip);
    return [PP.make("p", { class: "pp-empty" }, t(made.length ? "storage_legend" : "no_storage")), ...made];
  }

  function strip(steps) {
    const length = Math.max(...steps.map((step) => step.storage_elements)), shown = Math.min(length, STRIP_CELLS);
    const values = new Map();
    for (const step of steps) {
      if (step.values === null) continue;
      const flat = /complex/.test(step.dtype) ? step.values.flat(step.shape.length - 1) : [step.values].flat(Infinity);
      addresses(step).forEach((place, number) => values.set(place, flat[number]));
    }
    const integer = !/float|complex/.test(steps[0].dtype);
    const scale = PP.cells.scale(PP.cells.extent([...values.values()]));
    const head = PP.make("tr", { class: "pp-memory" }, PP.make("th", {}, `#${steps[0].storage}`));
    for (let place = 0; place < shown; place++) {
      const cell = PP.make("td", {}, values.has(place) ? PP.cells.text(values.get(place), integer) : "·");
      cell.style.background = values.has(place) ? PP.cells.color(scale(values.get(place))) : "";
      head.append(cell);
    }
    const table = PP.make("table", { class: "pp-strip", "data-storage": steps[0].storage }, head);
    const seen = new Set();
    const tensors = steps.filter((step) => !isStatement(step));
    const named = tensors.filter((step) => step.name);
    for (const step of [...(named.length ? named : tensors.length ? tensors : steps)].reverse()) {
      const key = `${step.name || step.source}|${step.offset}|${step.strides}|${step.shape}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const covered = new Map();
      addresses(step).forEach((place, number) => covered.set(place, [...(covered.get(place) ?? []), number]));
      const row = PP.make("tr", {}, PP.make("th", { scope: "row" }, step.name || step.source,
        PP.make("small", {}, `${PP.shape(step.shape)} ${t("lives", { strides: PP.shape(step.strides), offset: step.offset })}`)));
      for (let place = 0; place < shown; place++) {
        const numbers = covered.get(place);
        row.append(PP.make("td", { class: numbers ? "pp-covered" : null }, numbers ? String(numbers[0]) + (numbers.length > 1 ? `×${numbers.length}` : "") : ""));
      }
      head.after(row);
    }
    const rest = length > shown ? PP.make("p", { class: "pp-empty" }, t("elements", { count: length.toLocaleString("en") })) : null;
    return PP.make("div", { class: "pp-strip-box" }, table, rest);
  }

  /** Where each element of a tensor lies in its storage, the first few thousand. */
  function addresses({ shape, strides, offset }) {
    let places = [offset];
    for (let axis = 0; axis < shape.length && places.length <= 4000; axis++) {
      places = places.flatMap((place) => Array.from({ length: shape[axis] }, (_, index) => place + index * strides[axis]));
    }
    return places;
  }

  show();
  watch("value", show);
};

// Ctrl-Enter in the editor runs the program; the editor's own meaning (a new line) is not wanted then.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest?.("#tensor-code")) return;
  event.preventDefault();
  event.stopPropagation();
  // Gradio hears of the last key in the same turn; its button reads it in the next.
  setTimeout(() => document.querySelector("#tensor-run")?.click());
}, true);
