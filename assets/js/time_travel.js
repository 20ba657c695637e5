// Going back in a run: a slider over its snapshots, a fork from one of them, and the learning rate of the next step.
"use strict";

/** act(name, step): "fork", "draw", "go_on"; server: snapshots, origin, history, rate. */
PP.timeTravel = (element, chart, t, { server, act }) => {
  const REFRESH_MS = 1500, PARENTS = 3, PAGE = 1000;
  const LIVE = new Set(["running", "paused"]), OVER = new Set(["done", "stopped", "failed"]);
  const find = (name) => element.querySelector(`.pp-${name}`);
  const slider = find("travel-slider"), ticks = find("travel-ticks"), note = find("travel-note"), rate = find("live-rate");
  const buttons = { fork: find("fork"), draw: find("draw-snapshot"), goOn: find("go-on"), set: find("set-rate") };
  let run = null, list = [], chosen = null, asked = -Infinity, busy = false, complete = false, told = "", wrong = false, differs = "", looked = "";

  const latest = () => list.at(-1)?.step ?? null;
  const current = () => chosen ?? latest();
  const nearest = (step) => list.reduce((best, { step: other }) => (Math.abs(other - step) < Math.abs(best - step) ? other : best), list[0].step);
  const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  function reset(next) {
    run = next;
    [list, chosen, asked, complete, told, wrong] = [[], null, -Infinity, Boolean(next.example), "", false];
    find("travel-origin").hidden = true;
    chart.setOthers([]);
    chart.setMarker(null);
    rate.value = "";
    paintTicks();
    if (!next.example) findParents(next);
  }

  function say(text, isWrong = false) {
    [told, wrong] = [text, isWrong];
    paintNote();
  }

  // ---- where the run comes from --------------------------------------------------------------------------------------
  async function findParents(mine) {
    const curves = [];
    let origin = await ask("origin", { run_id: mine.id });
    if (mine !== run || !origin?.origin) return;
    const first = origin.origin;
    const values = { step: first.step.toLocaleString("en"), changes: origin.words };
    find("travel-origin").textContent = t(!first.there ? "origin_gone" : origin.words ? "origin" : "origin_same", values);
    find("travel-origin").hidden = false;
    while (origin?.origin?.there && curves.length < PARENTS) {
      const id = origin.origin.run_id, events = [];
      for (;;) {
        const answer = await ask("history", { run_id: id, since: events.length });
        if (mine !== run) return;
        if (!answer?.events.length) break;
        events.push(...answer.events);
        if (answer.events.length < PAGE) break;
      }
      curves.push(chart.curve(events));
      chart.setOthers(curves);
      origin = await ask("origin", { run_id: id });
      if (mine !== run) return;
    }
    paint(mine);
  }

  async function ask(name, given) {
    try {
      const answer = await server[name](given);
      if (answer.error) say(answer.error.message, true);
      return answer.error ? null : answer;
    } catch {
      return null; // the server restarts, or the network is away: the next refresh asks again
    }
  }

  // ---- the snapshots -------------------------------------------------------------------------------------------------
  async function refresh() {
    if (busy || complete || document.hidden || !run || run.state === "starting") return;
    if (LIVE.has(run.state) && performance.now() - asked < REFRESH_MS) return;
    const mine = run, over = OVER.has(run.state);
    busy = true;
    asked = performance.now();
    const answer = await ask("snapshots", { run_id: mine.id });
    busy = false;
    if (mine !== run || !answer) return;
    complete = over;
    list = answer.snapshots;
    if (chosen !== null && list.length) chosen = nearest(chosen);
    paintTicks();
    paint(run);
  }

  function choose(step) {
    if (!list.length) return;
    chosen = nearest(step);
    say("");
    paint(run);
    element.dataset.step = chosen;
    if (looked !== run.id) act("look", chosen); // what the settings beside would change is the same for every step
    looked = run.id;
  }

  // ---- what the learner sees -----------------------------------------------------------------------------------------
  function paint(now) {
    if (!run || now !== run) return;
    refresh();
    const step = current(), snapshot = list.find((entry) => entry.step === step);
    const live = LIVE.has(run.state), over = OVER.has(run.state);
    element.dataset.snapshots = list.length;
    slider.disabled = !list.length;
    slider.max = chart.end();
    if (step !== null) {
      slider.value = step;
      slider.setAttribute("aria-valuetext", t("step", { step: step.toLocaleString("en") }));
    }
    chart.setMarker(chosen, choose);
    set(find("travel-reading"), snapshot ? reading(snapshot) : t(run.example ? "example" : run.ranks > 1 ? "none_processes" : over && complete ? "none" : "waiting"));
    buttons.fork.disabled = buttons.draw.disabled = !snapshot || ["starting", "stopping"].includes(run.state);
    buttons.goOn.hidden = !(["stopped", "failed"].includes(run.state) && list.length);
    if (!buttons.goOn.hidden) set(buttons.goOn, t("go_on_from", { step: latest().toLocaleString("en") }));
    rate.disabled = buttons.set.disabled = !live || run.ranks > 1;
    rate.placeholder = PP.number(run.last?.learning_rate, 3);
    align();
    paintNote();
  }

  function reading({ step, epochs, learning_rate: next }) {
    const { loss, accuracy } = chart.at(step);
    return t("reading", {
      step: step.toLocaleString("en"), epochs: PP.number(epochs, 3), loss: PP.number(loss, 3), accuracy: PP.percent(accuracy, 1), rate: PP.number(next, 3),
    });
  }

  function paintNote() {
    const standing = list.length && run?.id === differs.run ? differs.words : "";
    const stops = list.length && LIVE.has(run?.state) ? t("stops") : "";
    set(note, told || [standing, standing && stops].filter(Boolean).join(" "));
    note.classList.toggle("pp-is-wrong", Boolean(told) && wrong);
  }

  function paintTicks() {
    const end = chart.end();
    slider.max = end;
    ticks.replaceChildren(...list.map(({ step }) => {
      const tick = PP.make("i");
      tick.style.left = `${100 * step / end}%`;
      return tick;
    }));
    ticks.dataset.end = end;
  }

  /** As wide as the curve, and its ends where the curve's are. */
  function align() {
    const box = chart.box();
    if (!box) return;
    const line = slider.parentElement, margin = `0 ${Math.max(0, box.right - 8)}px 0 ${Math.max(0, box.left - 8)}px`;
    if (line.style.margin !== margin) line.style.margin = margin;
    if (ticks.dataset.end !== String(chart.end())) paintTicks();
  }

  // ---- what the learner does -----------------------------------------------------------------------------------------
  slider.addEventListener("input", () => choose(Number(slider.value)));
  slider.addEventListener("keydown", (event) => {
    const places = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -Infinity, End: Infinity };
    const move = places[event.key];
    if (move === undefined || !list.length) return;
    event.preventDefault();
    const place = list.findIndex(({ step }) => step === current()) + move;
    choose(list[Math.min(list.length - 1, Math.max(0, place))].step);
  });
  buttons.fork.addEventListener("click", () => act("fork", current()));
  buttons.draw.addEventListener("click", () => act("draw", current()));
  buttons.goOn.addEventListener("click", () => act("go_on", latest()));
  element.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = rate.value.trim(), number = text === "" || Number.isNaN(Number(text)) ? text : Number(text);
    const answer = await ask("rate", { run_id: run.id, value: number });
    if (!answer) return;
    rate.value = "";
    say(t("rate_asked", { rate: PP.number(answer.learning_rate, 4) }));
  });
  // What the settings beside would change, in words from the server.
  const words = document.getElementById("fork-note");
  const hear = () => {
    const told_ = words.querySelector("[data-run]");
    differs = told_ ? { run: told_.dataset.run, words: told_.textContent } : "";
    if (run) paintNote();
  };
  if (words) new MutationObserver(hear).observe(words, { childList: true, subtree: true, characterData: true, attributes: true });

  return {
    reset,
    paint,
    /** The learning rate was changed: from this step on. */
    changed(event) {
      chart.addMark(event.step, t("mark", { rate: PP.number(event.learning_rate, 3) }));
      say(t("rate_changed", { step: event.step.toLocaleString("en"), rate: PP.number(event.learning_rate, 3), factor: PP.number(event.factor, 3) }));
    },
    ended: (event) => say(t("snapshots_ended", { step: event.step.toLocaleString("en"), problem: event.problem }), true),
  };
};
