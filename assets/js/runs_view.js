// All runs of a visitor: the list is asked for once a second while it is seen, and the points of those that are drawn as they
// come. Which runs are drawn, and in which colours, the browser keeps.
"use strict";

PP.runsView = ({ element, props, server, watch, emit }) => {
  const COLORS = 10, SHOWN_FIRST = 8, SHOWN_MOST = 24, LIST_MS = 1000, CURVES_MS = 250, TABLE_MS = 3000;
  const KEY = "pp-runs";
  const LIVE = new Set(["queued", "running", "paused", "stopping"]);
  const t = PP.words(props.words), root = element.querySelector(".pp-runs"), find = (name) => root.querySelector(`.pp-runs-${name}`);
  const failure = root.querySelector(".pp-error");
  const chart = PP.runsChart(find("chart"), t), table = PP.runsTable(find("compared"), t);
  const curves = new Map();
  let kept = read(), visitor = "", runs = [], own = false, visible = false, timer = 0, busy = false;
  let lastList = -Infinity, lastTable = -Infinity, compared = "", deleted = null, asked = 0;

  // ---- what the browser keeps
  function read() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      return { colors: { ...found.colors }, shown: { ...found.shown } };
    } catch { // no storage, or somebody else's
      return { colors: {}, shown: {} };
    }
  }
  function keep() {
    try { localStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* a browser without storage forgets it */ }
  }
  const colorOf = (id) => PP.color(`--pp-run-${kept.colors[id] ?? 0}`);
  const runOf = (id) => runs.find((run) => run.id === id);

  /** A new run takes the colour that the fewest others have; it keeps it. */
  function giveColors() {
    const known = new Set(runs.map(({ id }) => id));
    // The example alone does not mean that there are no others: perhaps it is not known yet whose runs to show.
    if (own) for (const part of [kept.colors, kept.shown]) for (const id of Object.keys(part)) if (!known.has(id)) delete part[id];
    for (const run of [...runs].sort((one, other) => one.created - other.created)) {
      if (run.id in kept.colors) continue;
      const counts = Array(COLORS).fill(0);
      for (const color of Object.values(kept.colors)) counts[color] += 1;
      kept.colors[run.id] = counts.indexOf(Math.min(...counts));
    }
    keep();
  }

  /** Those the visitor has chosen; of the others the newest. */
  function chosen() {
    const newest = new Set([...runs].sort((one, other) => other.created - one.created).slice(0, SHOWN_FIRST).map(({ id }) => id));
    return runs.filter(({ id }) => kept.shown[id] ?? newest.has(id)).slice(0, SHOWN_MOST);
  }

  // ---- the server
  async function call(name, given) {
    let answer = null;
    try {
      answer = await server[name](given);
    } catch {
      answer = null; // the server restarts, or the network is away
    }
    tell(answer ? answer.error?.message ?? "" : t("no_answer"));
    return answer && !answer.error ? answer : null;
  }
  function tell(words) { failure.textContent = words; failure.hidden = !words; }

  async function turn() {
    clearTimeout(timer);
    if (!visible || document.hidden || busy) return;
    busy = true;
    try {
      if (performance.now() - lastList >= LIST_MS) await readList();
      await readCurves();
      await readTable();
    } finally {
      busy = false;
    }
    const live = chosen().some((run) => LIVE.has(run.state));
    timer = setTimeout(turn, live ? CURVES_MS : LIST_MS);
  }
  const soon = () => { lastList = -Infinity; lastTable = -Infinity; turn(); };

  async function readList() {
    lastList = performance.now();
    if (!visitor) {
      emit.who();
      asked += 1;
      if (asked < 3) return; // the answer comes in a moment: nobody shall see the example before his own runs
    }
    const answer = await call("list", { visitor });
    if (!answer) return;
    runs = answer.runs;
    own = answer.own;
    for (const id of curves.keys()) if (!runOf(id)) curves.delete(id);
    giveColors();
    paintNotices(answer.notices);
    paintList();
  }

  async function readCurves() {
    const wanted = {};
    for (const run of chosen()) {
      const curve = curves.get(run.id);
      if (!curve || !curve.whole) wanted[run.id] = curve ? [curve.width, curve.next, curve.epochs.length] : [0, 0, 0];
    }
    if (Object.keys(wanted).length) {
      const answer = await call("curves", { chosen: wanted });
      for (const [id, part] of Object.entries(answer?.curves ?? {})) take(id, part);
    }
    paintChart();
  }

  function take(id, part) {
    const before = curves.get(id), state = runOf(id)?.state, lists = Object.keys(part).filter((name) => Array.isArray(part[name]) && name !== "epochs");
    const curve = before && before.width === part.width ? before : { epochs: before?.epochs ?? [] };
    for (const name of lists) curve[name] = [...(curve[name] ?? []).slice(0, part.from), ...part[name]];
    curve.epochs = [...curve.epochs, ...part.epochs];
    // What came after the list said that a run has ended is all that will come.
    curve.whole = Boolean(state) && !LIVE.has(state) && before?.count === part.count;
    Object.assign(curve, { width: part.width, next: part.next, count: part.count, perEpoch: part.steps_per_epoch, notFinite: part.not_finite });
    curves.set(id, curve);
  }

  async function readTable() {
    const list = chosen(), key = list.map((run) => `${run.id} ${run.state} ${run.name}`).join(), live = list.some((run) => LIVE.has(run.state));
    if (!runs.length) return; // the list has not come yet
    if (!list.length) { compared = ""; table.clear(t("chosen_none")); return; }
    if (key === compared && !(live && performance.now() - lastTable > TABLE_MS)) return;
    lastTable = performance.now();
    const answer = await call("compare", { ids: list.map(({ id }) => id) });
    if (!answer) { lastList = -Infinity; return; } // one has gone: the list says which
    compared = key;
    table.show(answer, runOf, colorOf);
  }

  // ---- what the visitor sees
  const list = PP.runsList(find("list"), t, {
    show: (run, on) => {
      kept.shown[run.id] = on;
      keep();
      paintList();
      turn();
      paintChart();
    },
    open: (run) => { props.value = { open: run.id }; emit.open(); },
    pin: async (run, pinned) => { if (await call("pin", { run_id: run.id, visitor, pinned })) soon(); },
    rename: async (run, name) => {
      const answer = await call("rename", { run_id: run.id, visitor, name });
      if (!answer) return false;
      run.name = answer.name;
      paintList();
      soon();
      return true;
    },
    stop: async (run) => {
      const answer = await call("stop", { run_id: run.id });
      if (answer) say(t("stopped_asked", { name: run.name }));
      soon();
    },
    remove: async (run) => {
      const answer = await call("delete", { run_id: run.id, visitor });
      if (!answer) return;
      deleted = { id: run.id, shown: kept.shown[run.id], color: kept.colors[run.id] };
      runs = runs.filter((other) => other !== run);
      const undo = PP.make("button", { type: "button", class: "pp-button pp-runs-undo" }, t("undo"));
      undo.addEventListener("click", () => takeBack(answer.name));
      say(t("deleted", { name: answer.name }), undo);
      paintList();
      soon();
    },
  });
  async function takeBack(name) {
    const { id, shown, color } = deleted;
    if (!(await call("undo", { run_id: id, visitor }))) return;
    kept.colors[id] = color;
    if (shown !== undefined) kept.shown[id] = shown;
    say(t("undone", { name }));
    soon();
  }
  function say(words, ...more) { find("told").replaceChildren(PP.make("span", {}, words), ...more); }

  function paintList() {
    const drawn = chosen(), ids = new Set(drawn.map(({ id }) => id));
    list.show(runs, colorOf, (id) => ids.has(id));
    find("empty").hidden = own || !runs.length;
    find("more").hidden = drawn.length >= runs.length;
    find("more").textContent = t("more_shown", { shown: drawn.length, count: runs.length });
    root.dataset.own = own;
    const what = find("what"), before = what.value;
    const options = [["", t("export_chosen", { count: drawn.length })], ...runs.map((run) => [run.id, run.name])];
    if (JSON.stringify(options) !== what.dataset.options) {
      what.dataset.options = JSON.stringify(options);
      what.replaceChildren(...options.map(([value, text]) => PP.make("option", { value }, text)));
      what.value = options.some(([value]) => value === before) ? before : "";
    }
  }

  function paintChart() {
    const drawn = chosen().filter((run) => curves.has(run.id)).map((run) => ({ id: run.id, name: run.name, color: colorOf(run.id), curve: curves.get(run.id) }));
    chart.show(drawn);
    const widest = Math.max(1, ...drawn.map(({ curve }) => curve.width));
    const told = [];
    if (!drawn.length && runs.length) told.push(t("none_shown"));
    if (widest > 1 && !chart.isEpoch()) told.push(t("pieces", { count: widest }));
    for (const { name, curve } of drawn) if (curve.notFinite !== null) told.push(t("diverged", { name, step: curve.notFinite.toLocaleString("en") }));
    find("pieces").textContent = told.join(" ");
  }

  function paintNotices(notices) {
    const node = find("notice"), key = JSON.stringify(notices);
    if (node.dataset.key === key) return;
    node.dataset.key = key;
    node.hidden = !notices.length;
    const seen = PP.make("button", { type: "button", class: "pp-button" }, t("notice_seen"));
    seen.addEventListener("click", async () => { if (await call("seen", { visitor })) soon(); });
    node.replaceChildren(PP.make("p", {}, t("notice_head", { count: notices.length })),
      PP.make("ul", {}, ...notices.slice(-5).map(({ name, reason }) => PP.make("li", {}, t("notice_one", { name, reason: t(`notice_reason_${reason}`) })))), seen);
  }

  // ---- what the visitor does
  find("metric").addEventListener("change", (event) => {
    chart.set("metric", event.target.value);
    for (const name of ["smoothing", "log"]) find(name).disabled = name === "log" ? event.target.value.endsWith("accuracy") : chart.isEpoch();
    paintChart();
  });
  find("x").addEventListener("change", (event) => chart.set("x", event.target.value));
  find("smoothing").addEventListener("input", (event) => chart.set("smoothing", Number(event.target.value)));
  find("log").addEventListener("change", (event) => chart.set("log", event.target.checked));
  for (const button of root.querySelectorAll("[data-format]")) button.addEventListener("click", () => take_along(button));

  async function take_along(button) {
    const what = find("what").value, ids = what ? [what] : chosen().map(({ id }) => id), told = find("exporting");
    if (!ids.length) { told.textContent = t("chosen_none"); return; }
    const buttons = root.querySelectorAll("[data-format]");
    for (const each of buttons) each.disabled = true;
    told.textContent = t("exporting");
    const answer = await call("export", { ids, format: button.dataset.format, visitor });
    for (const each of buttons) each.disabled = false;
    told.textContent = answer ? t("exported", { name: answer.file.name, size: PP.bytes(answer.file.bytes) }) : "";
    if (!answer) return;
    const link = PP.make("a", { href: answer.file.url, download: answer.file.name });
    document.body.append(link);
    link.click();
    link.remove();
  }

  new IntersectionObserver((entries) => {
    visible = entries.at(-1).isIntersecting;
    if (visible) soon();
  }).observe(root);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  PP.onTheme(() => { paintList(); paintChart(); compared = ""; });
  function show() {
    const value = props.value ?? {};
    if (value.visitor === undefined || value.visitor === visitor) return;
    visitor = value.visitor;
    soon();
  }
  show();
  watch("value", show);
};
