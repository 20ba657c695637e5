// The Models tab: the rows of a model, edited as a list or read from code, checked at each change.
"use strict";

{
const ALIKE = 0.8, CODE_WAIT_MS = 350, UNDO_MOST = 100;
const ICONS = {
  on: "M7 1.5v5M4 3.2a5 5 0 1 0 6 0", off: "M7 1.5v5M4 3.2a5 5 0 1 0 6 0M1.5 12.5l11-11", copy: "M4.5 4.5h8v8h-8zM9.5 2H2v7.5", remove: "M3 3l8 8M11 3l-8 8",
  freeze: "M7 1.2v11.6M2 4.1l10 5.8M12 4.1L2 9.9M5.4 2.2L7 3.8l1.6-1.6M5.4 11.8L7 10.2l1.6 1.6",
};
const FIRST_OPTIMIZER = "Adam", THUMBNAILS = 4;

PP.modelsView = ({ element, props, server, watch, emit }) => {
  const t = PP.words(props.words), L = PP.modelList;
  const find = (selector) => element.querySelector(selector);
  let types = new Map(), optimizers = {}, optimizer = FIRST_OPTIMIZER, inside = new Map(), model = null, code = null, written = null, checked = null, selected = null, wide = new Set();
  let checkedText = null, past = [], future = [], turn = 0, waiting = 0, dragged = null, lines = new Map();
  const batch = () => Number(find(".pp-model-batch").value), shape = () => {
    const value = L.read(find(".pp-model-input").value);
    return Array.isArray(value) ? value : [value];
  };

  const loaded = server.layers({}).then((answer) => {
    optimizers = answer.optimizers ?? {};
    types = new Map((answer.layers ?? []).map((type) => [type.name, type]));
    const groups = Map.groupBy([...types.values()], (type) => type.group);
    find(".pp-model-add select").append(PP.make("option", { value: "" }, "…"), ...[...groups].map(([group, list]) =>
      PP.make("optgroup", { label: group }, ...list.map(({ name }) => PP.make("option", { value: name }, name)))));
  });

  // ---- opening: a preset, a spec, or code
  async function open(given) {
    const mine = ++turn;
    await loaded;
    const answer = await server.read({ model: given });
    if (mine !== turn) return;
    past = [];
    future = [];
    selected = null;
    checked = null;
    if (answer.error) return fail(answer.error.message);
    if (answer.spec) {
      // Layers that are off are in what the page has kept, and the server leaves them out.
      const own = given.trimStart().startsWith("{") ? JSON.parse(given) : {};
      model = L.open(own.layers ? { ...answer.spec, layers: own.layers } : answer.spec);
      code = null;
      find(".pp-model-input").value = L.write(answer.spec.input_shape);
      check(answer.code);
    } else {
      model = null;
      code = answer.code;
      if (answer.input_shape) find(".pp-model-input").value = L.write(answer.input_shape);
      check(answer.code);
    }
  }

  /** The learner writes code: where it is a plain list of layers, the list follows. */
  function edited(text) {
    if (text === written || text.trim() === (written ?? "").trim()) return;
    written = text;
    clearTimeout(waiting);
    const mine = ++turn; // at once: the answer to an earlier question must not write over what is being typed
    waiting = setTimeout(async () => {
      if (mine !== turn || !text.trim()) return;
      const answer = await server.read({ model: /[\n(=]/.test(text) ? text : `${text}\n` });
      if (mine !== turn) return;
      remember();
      if (answer.spec) {
        model = L.open({ ...answer.spec, input_shape: shape() });
        code = null;
      } else {
        model = null;
        code = text;
      }
      check(text);
    }, CODE_WAIT_MS);
  }

  // ---- checking
  /** Ask the server; `text`: what the editor holds already, null = it gets the code of the list. */
  async function check(text = null) {
    clearTimeout(waiting);
    const mine = ++turn, given = model ? JSON.stringify({ ...L.spec(model), input_shape: shape() }) : code;
    const slow = setTimeout(() => { find(".pp-models-note").textContent = t("checking"); }, 300);
    const question = { model: given, shape: shape(), batch: batch() };
    let answer = model && !model.layers.some((layer) => !layer.off) ? { checked: { layers: [], totals: {}, fixes: [], error: null, script: "" } } : await server.check({ ...question, fixes: false });
    clearTimeout(slow);
    if (mine !== turn) return;
    find(".pp-models-note").textContent = "";
    if (answer.error) return fail(answer.error.message);
    const before = checked;
    checked = answer.checked;
    if (checked.error && before && (model || alike(given, checkedText))) keepLast(before);
    checkedText = given;
    checked.seeking = Boolean(checked.error);
    for (const seen of inside.values()) seen.old = true; // grey until the network has been run
    paint();
    // The rows are seen first: the editor and the pictures cost a third of the time from an edit to the next frame.
    PP.afterFrame(() => {
      if (mine !== turn) return;
      tell(text, given);
      announce(given);
    });
    // Repairs are looked for when the rows are there already.
    if (checked.error) {
      const usual = [1, 28, 28], other = shape().join() !== usual.join();
      answer = await server.check({ ...question, fixes: true });
      if (mine !== turn) return;
      const fixes = answer.error ? [] : answer.checked.fixes;
      // The input of the network before may still stand there: a repair like the others, run before it is offered.
      const again = other ? await server.check({ ...question, shape: usual, fixes: false }) : null;
      if (mine !== turn) return;
      if (again && !again.error && !again.checked.error) fixes.unshift({ label: t("usual_input"), input: usual });
      checked = { ...checked, fixes, seeking: false };
      paintError();
    }
  }
  /** Whether one text is an edit of the other, and not another network: most of it is the same. */
  function alike(one, other) {
    if (!one || !other) return false;
    const least = Math.min(one.length, other.length);
    let start = 0, end = 0;
    while (start < least && one[start] === other[start]) start += 1;
    while (end < least - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
    return start + end >= ALIKE * Math.max(one.length, other.length);
  }
  /** Rows behind a failure keep the last good state. */
  function keepLast(before) {
    const known = new Map(before.layers.map((row) => [`${row.name}\n${row.type}`, row]));
    checked.layers = checked.layers.map((row) => (row.output_shape || row.error ? row : { ...(known.get(`${row.name}\n${row.type}`) ?? row), stale: true, error: null }));
  }

  /** The editor and the link follow the list. */
  function tell(text, given) {
    written = text ?? checked.script ?? "";
    const usual = shape().join() === "1,28,28"; // code alone does not say what it is for
    const kept = model ? JSON.stringify({ ...L.spec(model, true), input_shape: shape() }) : usual ? code : JSON.stringify({ input_shape: shape(), code });
    props.value = { code: written, kept };
    emit.listing({});
    PP.writeLink("models", { model: kept.length <= 4000 ? kept : "" });
  }
  function fail(message) {
    checked = { layers: [], totals: {}, fixes: [], error: { message } };
    checkedText = null;
    paint();
    announce(null);
  }
  /** What stands in the rows now, for those who look into it; null = no model that could be run. */
  function announce(given) {
    PP.modelNow = { model: given, shape: shape(), batch: batch(), checked };
    document.dispatchEvent(new CustomEvent("pp-model", { detail: PP.modelNow }));
  }

  // ---- editing
  function remember() {
    past.push({ model, code });
    past = past.slice(-UNDO_MOST);
    future = [];
  }
  /** `seen`: the page shows it already, as a field does that was typed in. */
  function change(next, seen = false) {
    if (next === model) return;
    remember();
    model = L.follow(next, types);
    code = null;
    check();
    if (!seen) paint();
  }
  function travel(from, to) {
    const state = from.pop();
    if (!state) return;
    to.push({ model, code });
    ({ model, code } = state);
    check(code);
    paint();
  }
  const undo = () => travel(past, future), redo = () => travel(future, past);
  find("[data-do=undo]").addEventListener("click", undo);
  find("[data-do=redo]").addEventListener("click", redo);

  function add(name) {
    const type = types.get(name), layer = { type: name, arguments: { ...type.suggested } };
    const chosen = model && L.rows(model).find((row) => row.layer.key === selected)?.layer;
    const inside = chosen && types.get(chosen.type)?.container && !chosen.layers.length;
    const [next, key] = inside ? L.into(model, chosen.key, layer) : L.insert(model, chosen ? chosen.key : null, layer);
    selected = key;
    change(next);
    focus(key);
  }
  find(".pp-model-add select").addEventListener("change", ({ target }) => {
    if (target.value) add(target.value);
    target.value = "";
  });
  for (const field of element.querySelectorAll(".pp-model-input, .pp-model-batch")) field.addEventListener("change", () => check(model ? null : code));

  element.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.target.closest("input")) {
      event.preventDefault();
      (event.shiftKey ? redo : undo)();
    }
  });

  // ---- painting
  const count = (value) => (value === null || value === undefined ? "" : value >= 1e12 ? value.toExponential(2) : value.toLocaleString("en"));
  const bytes = (value) => (value === null || value === undefined ? "" : PP.bytes(value));

  function paint() {
    const body = find("tbody"), active = document.activeElement, focused = active?.closest?.("[data-key]")?.dataset.key, field = active?.dataset?.argument;
    for (const one of inside.values()) if (one.shown) one.shown.fresh = false; // a layer that is called twice is drawn twice
    const rows = model ? listRows() : codeRows();
    if (!rows.length) rows.push(PP.make("tr", {}, PP.make("td", { colspan: 6, class: "pp-empty" }, t("empty"))));
    const kept = new Set(rows);
    for (const row of [...body.children]) if (!kept.has(row)) row.remove();
    rows.forEach((row, at) => { if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null); });
    // The browser forgets the focus of what is taken out or moved; asking for it anew costs a layout of the page.
    if (focused && document.activeElement !== active) {
      if (field) body.querySelector(`[data-key="${focused}"] [data-argument="${field}"]`)?.focus();
      else focus(Number(focused));
    }
    find("[data-do=undo]").disabled = !past.length;
    find("[data-do=redo]").disabled = !future.length;
    find(".pp-model-add").hidden = !model;
    find(".pp-model-from-code").hidden = Boolean(model) || !code;
    paintTotals();
    paintError();
  }
  function focus(key) {
    find(`[data-key="${key}"]`)?.focus({ preventScroll: false });
  }

  /** Rows stay what they are and get new cells where something has changed: an edit paints little, and keeps the focus. */
  function listRows() {
    const found = new Map((checked?.layers ?? []).map((row) => [row.name, row])), before = lines;
    lines = new Map();
    return L.rows(model).map(({ layer, path, depth, off, frozen }) => {
      const row = found.get(path), type = types.get(layer.type), freezes = Boolean(type?.container || row?.parameters), shown = settable(layer, type);
      const head = JSON.stringify([layer.type, layer.name, layer.trainable, layer.off, depth, frozen, freezes, shown.map(({ name }) => name)]), tail = JSON.stringify([row, type?.container]);
      let line = before.get(layer.key);
      if (line?.head !== head) line = listLine(layer, type, shown, { depth, frozen, freezes, head });
      else if (line.layer !== layer) refill(line, layer);
      if (line.tail === tail) keepSeen(row);
      else line.cells.splice(0, 4, ...replaceAll(line.cells, type?.container ? containerCells(row) : cells(row)));
      line.tail = tail;
      line.row.className = classes(row, off, layer.key === selected);
      lines.set(layer.key, line);
      return line.row;
    });
  }
  function listLine(layer, type, shown, { depth, frozen, freezes, head }) {
    const line = { layer, head, tail: null, cells: emptyCells(4) };
    line.row = PP.make("tr", { "data-key": layer.key, tabindex: 0, draggable: "true" },
      PP.make("td", {}, PP.make("div", { class: "pp-model-layer", style: `--pp-depth:${depth}` }, PP.make("span", { class: "pp-model-grip", title: t("move"), "aria-hidden": "true" }, "⠿"),
        PP.make("b", { title: type?.help }, layer.type), layer.name ? PP.make("span", { class: "pp-model-name" }, layer.name) : null, ...fields(line, type, shown), frozen ? frozenMark() : null)),
      ...line.cells, PP.make("td", {}, tools(layer, freezes)));
    wire(line.row, layer);
    return line;
  }
  /** The same fields with the values of another turn. */
  function refill(line, layer) {
    line.layer = layer;
    for (const input of line.row.querySelectorAll("[data-argument]")) {
      const text = L.write(layer.arguments[input.dataset.argument]);
      if (input.value !== text) input.value = text;
    }
  }
  function replaceAll(old, made) {
    old.forEach((cell, at) => cell.replaceWith(made[at]));
    return made;
  }
  const containerCells = (row) => (row ? cells(row) : emptyCells(4));
  const emptyCells = (many) => Array.from({ length: many }, () => PP.make("td", {}));
  function codeRows() {
    return (checked?.layers ?? []).map((row) => PP.make("tr", { class: classes(row) },
      PP.make("td", {}, PP.make("div", { class: "pp-model-layer" }, PP.make("b", {}, row.type), PP.make("span", { class: "pp-model-name" }, row.name), row.parameters && row.trainable === 0 ? frozenMark() : null)), ...cells(row), PP.make("td", {})));
  }
  const classes = (row, off, chosen) => [row?.error ? "pp-is-bad" : "", row?.stale ? "pp-is-stale" : "", off ? "pp-is-off" : "", chosen ? "pp-is-chosen" : ""].filter(Boolean).join(" ");
  function cells(row) {
    if (!row) return emptyCells(4);
    if (row.error) return [PP.make("td", { class: "pp-model-reason" }, shapes(row.input_shapes), " → ", PP.make("b", {}, "✗")), ...emptyCells(3)];
    return [PP.make("td", {}, row.output_shape ? PP.shape(row.output_shape) : PP.make("span", { class: "pp-empty" }, t("not_reached")), PP.make("div", { class: "pp-model-seen", "data-row": row.name }, ...seen(row.name))),
      ...[count(row.parameters), count(row.macs), bytes(row.saved_bytes)].map((text) => PP.make("td", {}, text === "0" || text === "0 B" ? "" : text))];
  }
  /** The picture that stands there stays. */
  function keepSeen(row) {
    const one = row && inside.get(row.name);
    if (!one?.shown) return;
    one.shown.fresh = true;
    one.shown.part.className = one.old ? "pp-is-old" : "";
  }
  /** The picture of what a layer gives, and how much of the image one number of it sees. */
  function seen(name) {
    const one = inside.get(name);
    if (!one?.image) return [];
    if (one.shown && !one.shown.fresh) { // painting again moves it, and draws nothing anew
      one.shown.fresh = true;
      one.shown.part.className = one.old ? "pp-is-old" : "";
      return [one.shown.part];
    }
    const field = one.receptive_field, [height, width] = field?.size ?? [], { min, mean, max, zeros } = one.summary;
    const told = !field ? "" : field.whole ? t("receptive_whole") : t("receptive", { height, width });
    const title = `min ${PP.number(min, 3)} · mean ${PP.number(mean, 3)} · max ${PP.number(max, 3)} · 0: ${PP.percent(zeros, 0)}${told ? ` · ${told}` : ""}`;
    const part = PP.make("div", { class: one.old ? "pp-is-old" : "", title }, field && !field.whole ? PP.make("small", {}, `${height}×${width}`) : null, PP.picture(one.image, { most: THUMBNAILS, label: title, side: 24 }));
    one.shown ??= { part, fresh: true };
    return [part];
  }
  document.addEventListener("pp-inside", ({ detail }) => {
    // A layer that is called twice shows its first call, as the row does.
    inside = new Map([...detail.rows].reverse().map((row) => [row.name, row]));
    for (const cell of element.querySelectorAll("[data-row]")) cell.replaceChildren(...seen(cell.dataset.row));
  });
  const shapes = (list) => (list ?? []).map(PP.shape).join(", ");

  /** What can be set: what is needed, suggested or set; all of it on demand. */
  const settable = (layer, type) => (type?.arguments ?? []).filter(({ name, required, inferred }) => !inferred && (required || name in type.suggested || name in layer.arguments || wide.has(layer.key)));
  function fields(line, type, shown) {
    if (!type) return [];
    const made = shown.map(({ name, default: usual }) => {
      const input = PP.make("input", { type: "text", value: L.write(line.layer.arguments[name]), placeholder: L.write(usual), "data-argument": name, "aria-label": `${line.layer.type} ${name}`, size: 4, spellcheck: "false" });
      input.addEventListener("change", () => {
        const value = L.read(input.value), next = { ...line.layer.arguments };
        if (value === undefined) delete next[name];
        else next[name] = value;
        change(L.update(model, line.layer.key, { arguments: next }), true);
      });
      return PP.make("label", { class: "pp-model-field" }, PP.make("span", {}, name), input);
    });
    const rest = type.arguments.filter(({ inferred }) => !inferred).length > shown.length;
    if (rest) {
      const more = PP.make("button", { type: "button", class: "pp-model-tool", title: t("more"), "aria-label": t("more") }, "…");
      more.addEventListener("click", () => { wide.add(line.layer.key); paint(); });
      made.push(more);
    }
    return made;
  }

  const icon = (path) => {
    const made = PP.make("span", { class: "pp-model-icon", "aria-hidden": "true" });
    made.innerHTML = `<svg viewBox="0 0 14 14"><path d="${path}"/></svg>`; // our own constant
    return made;
  };
  const frozenMark = () => PP.make("span", { class: "pp-model-frozen" }, icon(ICONS.freeze), t("frozen"));
  function tools(layer, freezes) {
    const tool = (key, path, work) => {
      const button = PP.make("button", { type: "button", class: "pp-model-tool", "data-tool": key, title: t(key), "aria-label": `${t(key)}: ${layer.type}` });
      button.innerHTML = `<svg viewBox="0 0 14 14" aria-hidden="true"><path d="${path}"/></svg>`; // our own constant
      button.addEventListener("click", (event) => { event.stopPropagation(); work(); });
      return button;
    };
    return PP.make("span", { class: "pp-model-tools" },
      freezes || !layer.trainable ? tool(layer.trainable ? "freeze" : "unfreeze", ICONS.freeze, () => change(L.update(model, layer.key, { trainable: !layer.trainable }))) : null,
      tool("off", ICONS[layer.off ? "off" : "on"], () => change(L.update(model, layer.key, { off: !layer.off }))),
      tool("duplicate", ICONS.copy, () => change(L.duplicate(model, layer.key))), tool("remove", ICONS.remove, () => change(L.remove(model, layer.key))));
  }

  function wire(line, layer) {
    line.addEventListener("click", (event) => {
      if (event.target.closest("button, input")) return;
      selected = selected === layer.key ? null : layer.key;
      for (const other of element.querySelectorAll("tr[data-key]")) other.classList.toggle("pp-is-chosen", Number(other.dataset.key) === selected);
    });
    line.addEventListener("keydown", (event) => {
      if (event.target !== line) return;
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (by && event.altKey) change(L.move(model, layer.key, by));
      else if (by) (by < 0 ? line.previousElementSibling : line.nextElementSibling)?.focus();
      else if (event.key === "Delete") change(L.remove(model, layer.key));
      else if (event.key === "Enter") line.click();
      else return;
      event.preventDefault();
    });
    line.addEventListener("dragstart", (event) => {
      if (event.target.closest?.("input")) return event.preventDefault();
      dragged = layer.key;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", layer.type);
      return undefined;
    });
    const side = (event) => event.clientY > line.getBoundingClientRect().top + line.offsetHeight / 2;
    line.addEventListener("dragover", (event) => {
      if (dragged === null) return;
      event.preventDefault();
      line.dataset.drop = side(event) ? "behind" : "before";
    });
    line.addEventListener("dragleave", () => { delete line.dataset.drop; });
    line.addEventListener("drop", (event) => {
      event.preventDefault();
      delete line.dataset.drop;
      if (dragged !== null) change(L.drop(model, dragged, layer.key, side(event)));
      dragged = null;
    });
    line.addEventListener("dragend", () => { dragged = null; });
  }

  function paintTotals() {
    const totals = checked?.totals ?? {}, foot = find("tfoot"), known = totals.parameters !== null && totals.parameters !== undefined;
    foot.replaceChildren(...(known ? [PP.make("tr", {}, PP.make("th", { scope: "row" }, t("total")), PP.make("td", {}),
      PP.make("td", {}, PP.make("b", {}, count(totals.parameters)), totals.trainable !== totals.parameters ? PP.make("small", {}, ` ${t("trainable", { count: count(totals.trainable) })}`) : null),
      PP.make("td", {}, PP.make("b", {}, count(totals.macs))), PP.make("td", {}, PP.make("b", {}, bytes(totals.saved_bytes))), PP.make("td", {}))] : []));
    paintMemory(known ? totals : null);
  }

  /** Parameters, a gradient of each that is trained, what the optimizer keeps of each, and activations. */
  function paintMemory(totals) {
    const box = find(".pp-model-memory"), hadFocus = box.contains(document.activeElement);
    if (!totals) return box.replaceChildren();
    const { parameter_bytes: parameters, saved_bytes: activations } = totals, gradients = totals.parameters ? parameters * (totals.trainable / totals.parameters) : 0;
    const kept = (optimizers[optimizer] ?? 0) * gradients, [before, after] = t("memory", { bytes: "\n" }).split("{optimizer}");
    const select = PP.make("select", { "aria-label": t("optimizer") }, ...Object.keys(optimizers).map((name) => PP.make("option", { value: name, selected: name === optimizer }, name)));
    select.addEventListener("change", () => { optimizer = select.value; paintMemory(totals); });
    const parts = Object.entries({ parameters, gradients, optimizer: kept, activations }).map(([name, size]) => [name, PP.bytes(Math.round(size))]);
    box.replaceChildren(before, select, after.split("\n")[0], PP.make("b", {}, PP.bytes(Math.round(parameters + gradients + kept + activations))), after.split("\n")[1] ?? "",
      PP.make("small", {}, t("memory_parts", Object.fromEntries(parts))), PP.make("small", {}, t("flops", { count: count(totals.flops) })));
    if (hadFocus) select.focus();
    return undefined;
  }

  /** Below the row that failed; above all rows where there is none. */
  function paintError() {
    const box = find(".pp-model-error"), error = checked?.error;
    find(".pp-model-why")?.remove();
    box.hidden = true;
    if (!error) return;
    const fixes = (checked.fixes ?? []).map((fix) => {
      const button = PP.make("button", { type: "button", class: "pp-fix" }, fix.label);
      button.addEventListener("click", () => {
        if (fix.input) {
          find(".pp-model-input").value = L.write(fix.input);
          return check(model ? null : code);
        }
        remember();
        return take(fix.model);
      });
      return PP.make("li", {}, button);
    });
    const parts = [PP.make("p", {}, error.line ? PP.make("b", {}, `${t("line", { line: error.line })}  `) : null, error.message),
      ...(fixes.length ? [PP.make("h4", {}, t("fixes")), PP.make("ul", { class: "pp-fixes" }, ...fixes)] : checked.seeking ? [PP.make("p", { class: "pp-model-seeking" }, t("seeking"))] : [])];
    const bad = find("tr.pp-is-bad");
    if (bad) return bad.after(PP.make("tr", { class: "pp-model-why" }, PP.make("td", { colspan: 6, role: "alert" }, ...parts)));
    box.replaceChildren(...parts);
    box.hidden = false;
  }
  /** A repair was chosen: a spec where the model is a list, else the code. */
  function take(text) {
    const list = text.trimStart().startsWith("{");
    model = list ? L.open(JSON.parse(text)) : null;
    code = list ? null : text;
    check(code);
  }

  /** The model as the endpoints take it: a spec where it is a list or has an input of its own, else code. */
  const current = () => {
    if (model) return JSON.stringify({ ...L.spec(model), input_shape: shape() });
    const usual = JSON.stringify(shape()) === JSON.stringify([1, 28, 28]);
    return code && !usual ? JSON.stringify({ name: "model", code, input_shape: shape() }) : code ?? "";
  };
  PP.models = { edited, open, current };
  const show = () => { if (props.value?.open) open(props.value.open); };
  watch("value", show);
  const looked = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    looked.disconnect();
    if (!model && !code) emit.begin({});
  });
  looked.observe(element);
  show();
};
}
