// A real DataLoader, measured: its settings, how fast it is against none and against tensors in memory, and why.
"use strict";

PP.dataParts = PP.dataParts ?? {};

PP.dataParts.loader = ({ root, t, call, tell, props, settings }) => {
  const POLL = 300, say = (key, values) => t(`loader_${key}`, values), whole = (count) => count.toLocaleString("en");
  const wish = { batch_size: 64, shuffle: true, num_workers: 2, pin_memory: false, drop_last: false, persistent_workers: false, prefetch_factor: 2, collate: "default", work: "normalise" };
  let going = null, unwanted = false, turn = 0, timer = 0, measured = "";

  const number = (name) => {
    const input = PP.make("input", { type: "number", step: 1, value: wish[name], class: "pp-data-number", "data-loader": name });
    input.addEventListener("input", () => { wish[name] = input.value === "" ? null : Number(input.value); edited(); });
    return PP.make("label", {}, PP.make("span", {}, name), input);
  };
  const flag = (name) => {
    const input = PP.make("input", { type: "checkbox", checked: wish[name], "data-loader": name });
    input.addEventListener("change", () => { wish[name] = input.checked; edited(); });
    return PP.make("label", {}, PP.make("span", {}, name), input);
  };
  const choice = (name, label, names) => {
    const select = PP.make("select", { class: "pp-data-select", "data-loader": name }, ...names.map((one) => PP.make("option", { value: one, selected: one === wish[name] }, say(`${name}_${one}`))));
    select.addEventListener("change", () => { wish[name] = select.value; edited(); });
    return PP.make("label", {}, PP.make("span", {}, label), select);
  };
  const start = PP.make("button", { type: "button", class: "pp-button pp-primary pp-loader-start" }, say("measure"));
  const stop = PP.make("button", { type: "button", class: "pp-button pp-loader-stop", disabled: true }, say("stop"));
  const progress = PP.make("progress", { class: "pp-bench-progress", max: 1, value: 0, hidden: true }), doing = PP.make("span", { role: "status" }, say("nothing"));
  const result = PP.make("div", { class: "pp-loader-result" });
  const code = PP.make("div", { class: "pp-loader-code" }), script = { value: {}, words: props.words };
  code.innerHTML = props.code.replace("transforms.py", "loader.py"); // a template of ours, escaped by the server
  let showScript = () => {};
  PP.codeView({ element: code, props: script, watch: (_, callback) => { showScript = callback; } });
  root.replaceChildren(PP.make("p", {}, say("text")),
    PP.make("div", { class: "pp-loader-row" },
      PP.make("div", { class: "pp-loader-settings" }, number("batch_size"), number("num_workers"), number("prefetch_factor"), flag("shuffle"), flag("drop_last"), flag("pin_memory"), flag("persistent_workers"),
        choice("work", say("work"), ["normalise", "augment"]), choice("collate", "collate_fn", ["default", "whole_batch", "list"])),
      PP.make("div", {}, PP.make("div", { class: "pp-data-bar pp-loader-bar" }, start, stop, progress, doing), result)), code);

  const state = (name) => {
    root.dataset.state = name;
    start.disabled = ["queued", "running"].includes(name);
    stop.disabled = !start.disabled;
    progress.hidden = name !== "running";
  };
  const key = () => JSON.stringify([settings(), wish]);
  function edited() {
    result.classList.toggle("pp-is-stale", Boolean(measured) && measured !== key());
    if (measured && !going) doing.textContent = measured === key() ? "" : say("stale");
    clearTimeout(timer);
    timer = setTimeout(readScript, 150);
  }
  async function readScript() {
    const now = ++turn, found = await call("loader_script", { loader: wish });
    if (now !== turn) return;
    code.dataset.stale = String(!found);
    if (!found) return;
    script.value = found.script;
    showScript();
  }

  start.addEventListener("click", async () => {
    state("running");
    doing.textContent = say("starting");
    progress.value = 0;
    unwanted = false;
    const asked = key(), found = await call("measure", { loader: wish });
    if (!found) { doing.textContent = ""; state("failed"); return; }
    going = found.measurement;
    if (unwanted) await call("stop", { measurement: going });
    follow(asked);
  });
  stop.addEventListener("click", async () => {
    unwanted = true; // heard, too, while the server has not answered the start yet
    if (going) await call("stop", { measurement: going });
  });

  async function follow(asked) {
    const found = await call("measured", { measurement: going });
    if (!found) { going = null; doing.textContent = ""; state("failed"); return; }
    if (["queued", "running"].includes(found.state)) {
      state(found.state);
      progress.max = found.total;
      progress.value = found.done;
      doing.textContent = found.state === "queued" ? say("queued", { place: found.place }) : found.doing || say("starting");
      setTimeout(() => follow(asked), POLL);
      return;
    }
    going = null;
    doing.textContent = found.state === "stopped" ? say("stopped") : "";
    if (found.result) { measured = asked; show(found.result); edited(); }
    state(found.state);
  }

  function show({ rows, batches, last_batch: last, count, notes, reason }) {
    const name = ({ name: row, workers }) => say(`row_${row}`, { workers });
    const bars = PP.benchBars(say("rate"), rows.map((row) => ({ name: name(row), value: row.images_per_second, text: whole(Math.round(row.images_per_second)), kind: row.name === "chosen" ? "pp-is-best" : "" })));
    bars.classList.add("pp-loader-bars");
    const table = PP.make("table", { class: "pp-data-table" },
      PP.make("thead", {}, PP.make("tr", {}, ...["", say("first"), say("again"), say("epoch", { count: whole(count) })].map((word) => PP.make("th", {}, word)))),
      PP.make("tbody", {}, ...rows.map((row) => PP.make("tr", { "data-row": row.name }, PP.make("th", {}, name(row)), ...[row.first_seconds, row.again_seconds, row.epoch_seconds].map((seconds) => PP.make("td", {}, PP.shortTime(seconds)))))));
    result.replaceChildren(bars, PP.make("div", { class: "pp-data-scroll" }, table),
      PP.make("p", { class: "pp-loader-batches" }, say("batches", { batches: whole(batches), last: whole(last) })),
      PP.make("h3", {}, say("why")), PP.make("ul", { class: "pp-loader-why" }, ...reason.map((words) => PP.make("li", {}, words)), ...notes.map((note) => PP.make("li", { class: "pp-is-note" }, say("said", { note })))));
  }

  state("empty");
  return { show: () => { tell(""); edited(); } };
};
