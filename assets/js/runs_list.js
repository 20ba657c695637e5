// The list of a visitor's runs: one row each, which stays itself while its numbers change, so that a name can be typed in it.
"use strict";

PP.runsList = (host, t, act) => {
  const LIVE = new Set(["queued", "running", "paused", "stopping"]);
  const rows = new Map();
  const icon = (path) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), shape = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    shape.setAttribute("d", path);
    svg.append(shape);
    return svg;
  };
  const PIN = "M6 1h4v1l-.6.6.6 4L12 9v1H8.6V14L8 15l-.6-1v-4H4V9l2-2.4.6-4L6 2z", PEN = "M11.5 1.5l3 3L5 14l-4 1 1-4zM10 3l3 3";
  const CROSS = "M4 2.6L8 6.6l4-4L13.4 4l-4 4 4 4-1.4 1.4-4-4-4 4L2.6 12l4-4-4-4z", STOP = "M3 3h10v10H3z";

  function stateText(run) {
    if (run.example) return t("state_example");
    if (run.state === "failed" && run.ending === "run.interrupted") return t("state_interrupted");
    if (run.state === "done" && run.ending === "early_stopping") return t("state_early");
    if (run.state === "stopped" && ["abandoned", "shutdown"].includes(run.ending)) return t(`state_${run.ending}`);
    if (run.state === "running" && run.total_steps && run.step) return `${t("state_running")} ${PP.percent(run.step / run.total_steps, 0)}`;
    return t(`state_${run.state}`);
  }

  function when(seconds) {
    const date = new Date(1000 * seconds), two = (number) => String(number).padStart(2, "0");
    const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
    const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    return date.toDateString() === new Date().toDateString() ? t("today", { clock }) : `${day} ${clock}`;
  }

  function origin(run) {
    const parts = [];
    if (run.origin) parts.push(run.origin.name === null ? t("fork_gone", { step: run.origin.step ?? "–" }) : t("fork", { name: run.origin.name, step: run.origin.step ?? "–" }));
    if (run.command_line) parts.push(t(run.elsewhere ? "elsewhere" : "command_line"));
    return [run.model, ...parts].join(" · ");
  }

  function make(run) {
    const button = (name, path) => {
      const node = PP.make("button", { type: "button", class: `pp-run-act pp-run-${name}` });
      node.append(icon(path));
      return node;
    };
    const row = {
      id: run.id, editing: false, node: PP.make("li", { "data-run": run.id }),
      show: PP.make("button", { type: "button", class: "pp-run-show" }, PP.make("i", {})),
      name: PP.make("b", { class: "pp-run-name" }), about: PP.make("span", { class: "pp-run-about" }),
      state: PP.make("span", { class: "pp-run-state" }), best: PP.make("span", { class: "pp-run-best" }),
      time: PP.make("span", { class: "pp-run-time" }), when: PP.make("span", { class: "pp-run-when" }),
      open: PP.make("button", { type: "button", class: "pp-run-open" }, t("open")),
      pin: button("pin", PIN), rename: button("rename", PEN), stop: button("stop", STOP), remove: button("delete", CROSS),
    };
    row.title = PP.make("div", { class: "pp-run-title" }, row.name, row.about);
    row.node.append(row.show, row.title, row.state, row.best, row.time, row.when,
      PP.make("div", { class: "pp-run-acts" }, row.open, row.pin, row.rename, row.stop, row.remove));
    row.show.addEventListener("click", () => act.show(row.run, row.show.getAttribute("aria-pressed") !== "true"));
    row.open.addEventListener("click", () => act.open(row.run));
    row.pin.addEventListener("click", () => act.pin(row.run, !row.run.pinned));
    row.rename.addEventListener("click", () => edit(row));
    row.name.addEventListener("dblclick", () => { if (!row.run.example) edit(row); });
    row.stop.addEventListener("click", () => act.stop(row.run));
    row.remove.addEventListener("click", () => act.remove(row.run));
    return row;
  }

  function edit(row) {
    if (row.editing) return;
    row.editing = true;
    const field = PP.make("input", { type: "text", class: "pp-run-field", maxlength: 200, "aria-label": t("name_field"), placeholder: t("default_name") });
    field.value = row.run.name;
    row.name.replaceWith(field);
    field.focus();
    field.select();
    let over = false;
    const end = async (keep) => {
      if (over) return;
      over = true;
      const typed = field.value;
      if (keep && typed.trim() !== row.run.name && !(await act.rename(row.run, typed))) { over = false; field.focus(); return; }
      row.editing = false;
      field.replaceWith(row.name);
      if (document.activeElement === document.body) row.rename.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // the Enter that ends a Chinese word
      if (event.key === "Enter") { event.preventDefault(); end(true); }
      if (event.key === "Escape") { event.stopPropagation(); end(false); }
    });
    field.addEventListener("blur", () => end(true));
  }

  const say = (node, words) => { node.title = words; node.setAttribute("aria-label", words); };

  function fill(row, run, color, shown) {
    row.run = run;
    row.node.dataset.state = run.state;
    row.node.classList.toggle("pp-is-live", LIVE.has(run.state));
    row.node.style.setProperty("--run", color);
    row.show.setAttribute("aria-pressed", String(shown));
    say(row.show, t(shown ? "hide" : "show", { name: run.name }));
    row.name.textContent = run.name;
    row.name.title = run.name;
    row.about.textContent = origin(run);
    row.about.title = origin(run);
    row.state.textContent = stateText(run);
    row.best.textContent = PP.percent(run.best_accuracy);
    row.time.textContent = run.training_seconds === null ? "–" : PP.seconds(run.training_seconds);
    row.when.textContent = when(run.created);
    row.open.setAttribute("aria-label", `${t("open")}: ${run.name}`);
    row.pin.setAttribute("aria-pressed", String(run.pinned));
    say(row.pin, t(run.pinned ? "unpin" : "pin", { name: run.name }));
    say(row.rename, t("rename", { name: run.name }));
    const live = LIVE.has(run.state);
    row.stop.hidden = !live;
    row.stop.disabled = !run.can_stop || run.state === "stopping";
    say(row.stop, run.can_stop ? t("stop", { name: run.name }) : t("stop_elsewhere"));
    row.remove.hidden = live;
    say(row.remove, t("delete", { name: run.name }));
    for (const node of [row.pin, row.rename]) node.hidden = run.example;
    if (run.example) row.remove.hidden = true;
  }

  return {
    show(runs, colorOf, isShown) {
      for (const [id, row] of rows) if (!runs.some((run) => run.id === id)) { row.node.remove(); rows.delete(id); }
      let before = null;
      for (const run of runs) {
        if (!rows.has(run.id)) rows.set(run.id, make(run));
        const row = rows.get(run.id);
        fill(row, run, colorOf(run.id), isShown(run.id));
        const wanted = before ? before.nextSibling : host.firstChild;
        if (wanted !== row.node && !(row.editing && row.node.isConnected)) host.insertBefore(row.node, wanted);
        before = row.node;
      }
      host.dataset.count = runs.length;
    },
  };
};
