// The monitor of a training run: buttons, state, live chart, epoch table. It asks the server for new events ten times a
// second and needs nothing else: a reload, a tab opened late or a broken connection only mean a later `since`.
"use strict";

PP.monitor = ({ element, props, server, watch, emit }) => {
  const POLL = { running: 85, starting: 85, stopping: 100, queued: 700, paused: 700, hidden: 2000 };
  const STEP_WATCH_MS = 30000; // for so long a single step is followed closely
  const ENDED = new Set(["done", "stopped", "failed"]);
  const LIVE = new Set(["starting", "queued", "running", "paused", "stopping"]);
  const t = PP.words(props.words);
  const find = (name) => element.querySelector(`.pp-${name}`);
  const buttons = { start: find("start-button"), pause: find("pause"), stop: find("stop"), step: find("one-step"), draw: find("draw-button") };
  const chart = PP.trainingChart(find("chart"), t);
  const five = PP.fiveSteps(find("five"), t, {
    ask: async () => {
      if (!run?.started) return null;
      const answer = await server.five_steps({ run_id: run.id });
      return answer.error ? null : answer.lines;
    },
    slow: () => { if (run && ["running", "paused"].includes(run.state)) ask("slow", { slow: five.isSlow() }); },
  });
  const insight = PP.insight(find("insight"), PP.words(props.insight_words));
  const glance = PP.glance(find("glance"), PP.words(props.glance_words), {
    images: async (indices) => {
      const answer = run ? await server.images({ run_id: run.id, indices }) : null;
      return answer && !answer.error ? answer : null;
    },
    watch: (image) => ask("watch", { image }),
  });
  const travel = PP.timeTravel(find("travel"), chart, PP.words(props.travel_words), { server, act });
  const processes = PP.processes(find("processes"), PP.words(props.process_words));
  const diagnosis = PP.diagnosis(find("diagnosis"), PP.words(props.diagnosis_words), {
    ask: () => server.diagnose({ run_id: run.id }),
    cure: (finding) => {
      props.value = { run_id: run.id, example: run.example, error: "", finding, asked: performance.now() };
      launch("cure");
    },
  });
  let run = null;
  let opening = false;  // the page is not yet as its address says

  const fresh = (value) => ({
    id: value.run_id, example: value.example, next: 0, state: value.example ? "example" : "starting", started: null,
    last: null, epochs: [], best: null, done: null, error: value.error || "", place: 0, ranks: 1, download: null, timer: 0, busy: false, part: null, stepping: 0,
  });

  // ---- what the events say -------------------------------------------------------------------------------------------
  const TAKE = {
    started: (event) => {
      run.started = event;
      chart.setLength(event.total_steps);
      insight.setLength(event.total_steps);
      five.load();
    },
    part: (event) => { run.part = event; },
    step: (event) => { run.last = event; chart.addStep(event); },
    epoch: (event) => { run.epochs.push(event); chart.addEpoch(event); addRow(event); },
    insight: (event) => insight.add(event),
    glance: (event) => glance.add(event),
    rate: (event) => travel.changed(event),
    snapshots_ended: (event) => travel.ended(event),
    processes: (event) => { run.ranks = event.ranks.length; processes.add(event); },
    traffic: processes.add,
    lost: processes.add,
    queued: (event) => { run.place = event.place; },
    download: (event) => { run.download = event; },
    done: (event) => { run.done = event; },
    failed: (event) => { run.error = event.error.message; },
    stopped: (event) => { run.reason = event.reason; },
  };

  async function poll(current) {
    if (current !== run || current.busy) return;
    current.busy = true;
    const begun = performance.now();
    let answer = null;
    try {
      answer = await server.history({ run_id: current.id, since: current.next });
    } catch {
      answer = null; // the server restarts, or the network is away
    } finally {
      current.busy = false;
    }
    if (current !== run || run.state === "starting" && run.before !== undefined) return;
    if (!answer) {
      find("state").textContent = t("reconnecting");
      current.timer = setTimeout(() => poll(current), 2000);
      return;
    }
    take(current, answer, begun);
  }

  function take(current, answer, begun) {
    if (answer.error) { // the run is not there any more: nothing will follow
      run.state = "failed";
      run.error = answer.error.message;
      run.told = true;
    } else {
      for (const event of answer.events) TAKE[event.type]?.(event);
      run.next = answer.next;
      run.weights = answer.weights;
      run.elsewhere = answer.elsewhere;
      run.state = run.example ? "example" : answer.state;
      followParts(answer.events);
    }
    paint();
    if (ENDED.has(run.state) && !run.told && answer.events?.length < 1) {
      run.told = true;
      emit.ended({ run_id: run.id });
    }
    if (!run.told && !(run.example && run.done)) schedule(current, begun, answer.events.length);
  }

  /** The newest line that ran is lit; a run that goes on without telling its lines has none. */
  function followParts(events) {
    const { part, last } = run;
    // Slow motion that was chosen before there was a run to tell.
    if (five.isSlow() && LIVE.has(run.state) && events.some(({ type }) => type === "started")) ask("slow", { slow: true });
    if (!part) return;
    if (events.some(({ type }) => type === "part")) five.show(part);
    else if (last?.step > part.step && run.state === "running" || ENDED.has(run.state)) five.rest();
  }

  function schedule(current, begun, received) {
    const stepping = run.state === "paused" && performance.now() < run.stepping;
    const pause = document.hidden ? POLL.hidden : stepping ? POLL.running : POLL[run.state] ?? 100;
    const catchUp = received >= 1000; // a long history comes in pieces: fetch the next at once
    current.timer = setTimeout(() => poll(current), catchUp ? 0 : Math.max(0, pause - (performance.now() - begun)));
  }

  // ---- what the learner sees -----------------------------------------------------------------------------------------
  function paint() {
    const state = run.state;
    element.dataset.state = state;
    element.dataset.run = run.example ? "" : run.id;
    element.dataset.points = chart.count();
    find("state").textContent = stateText();
    find("error").textContent = run.error;
    find("error").hidden = !run.error;
    const live = LIVE.has(state);
    buttons.start.disabled = live || opening;
    buttons.pause.disabled = !["running", "paused"].includes(state) || Boolean(run.elsewhere); // another process obeys no pause
    buttons.pause.querySelector("span").textContent = state === "paused" ? t("resume") : t("pause");
    buttons.pause.classList.toggle("pp-resume", state === "paused");
    buttons.step.disabled = state !== "paused" || !run.started;
    buttons.stop.disabled = !live || state === "stopping" || state === "starting";
    buttons.draw.hidden = run.example || live || !run.weights;
    paintTiles();
    chart.paint();
    glance.paint(["running", "paused"].includes(state), ENDED.has(state) || Boolean(run.example && run.done));
    insight.paint(run.last?.step ?? 0, ENDED.has(state) || Boolean(run.example && run.done));
    travel.paint(run);
    diagnosis.paint(run);
  }

  function stateText() {
    if (run.state === "queued") return t("state_queued", { place: run.place || 1 });
    if (run.state === "running" && !run.started) {
      return run.download ? t("state_download", { name: run.download.dataset, share: PP.percent(run.download.share, 0) })
        : t("state_preparing");
    }
    if (run.state === "stopped" && run.reason && run.reason !== "visitor") return t(`stopped_${run.reason}`);
    if (run.state === "done" && run.done?.reason === "early_stopping") {
      return t("state_early", { patience: run.done.patience, epoch: PP.number(run.done.best_epoch, 3) });
    }
    return t(run.example && !run.last ? "state_example_coming" : `state_${run.state}`);
  }

  function paintTiles() {
    const { started, last, done, epochs } = run;
    const total = started?.total_steps ?? 0;
    // Of the checkpoint that is kept; with validation images that is not always the highest test accuracy.
    // A fork that never beats the best that it began with keeps that one.
    const best = (epochs.findLast((epoch) => epoch.best) ?? done ?? epochs.at(-1))?.test_accuracy ?? null;
    const seconds = epochs.at(-1)?.training_seconds;
    const perStep = last && started ? started.train_size / started.steps_per_epoch / last.images_per_second : NaN;
    const left = done || !last ? 0 : (total - last.step) * perStep;
    const show = (name, text) => { find(`tile-${name} b`).textContent = text; };
    show("accuracy", best === null ? "–" : PP.percent(best));
    show("loss", PP.mark(chart.smoothLoss() ?? undefined));
    show("rate", PP.number(last?.learning_rate, 3));
    show("speed", last ? Math.round(last.images_per_second).toLocaleString("en") : "–");
    const ended = ENDED.has(run.state) || run.state === "example";
    find("tile-time span").textContent = ended ? t("seconds_trained") : t("time_left");
    show("time", ended ? PP.seconds(done?.training_seconds ?? seconds ?? NaN) : last ? PP.duration(left) : "–");
    const share = run.download && !started ? run.download.share : last && total ? last.step / total : 0;
    find("bar").style.width = `${100 * share}%`;
    find("progress").setAttribute("aria-valuenow", Math.round(100 * share));
    find("detail").textContent = started
      ? t("detail", {
          step: (last?.step ?? 0).toLocaleString("en"), total: total.toLocaleString("en"),
          device: started.device, precision: started.precision, threads: started.threads,
          parameters: started.parameters.toLocaleString("en"),
        })
      : "";
  }

  function addRow(epoch) {
    const cells = [
      PP.number(epoch.epoch, 3), PP.mark(epoch.loss, 4), PP.percent(epoch.accuracy), PP.mark(epoch.test_loss, 4),
      PP.percent(epoch.test_accuracy), PP.number(epoch.learning_rate, 3), `${epoch.epoch_seconds.toFixed(1)} s`,
    ];
    const body = find("epochs tbody");
    if (epoch.best) for (const row of body.children) row.classList.remove("pp-best");
    const row = PP.make("tr", { class: epoch.best ? "pp-best" : null, title: epoch.best ? t("best") : null });
    row.append(...cells.map((text) => PP.make("td", {}, text)));
    body.append(row);
    find("epochs").hidden = false;
    const scroll = find("epochs-scroll");
    scroll.scrollTop = scroll.scrollHeight;
  }

  function show(value) {
    if (!value) return;
    opening = Boolean(value.opening);
    if (run && value.asked && !value.error) return; // what was asked from here
    if (run && value.error) {  // a start that was refused: what was there stays
      clearTimeout(run.refusal);
      run.error = value.error;
      run.state = run.before ?? run.state;
      run.before = undefined;
      paint();
      poll(run);
      return;
    }
    if (!value.run_id || (run && run.id === value.run_id && run.state !== "starting")) {
      if (run) paint();
      return;
    }
    if (run) { clearTimeout(run.timer); clearTimeout(run.refusal); }
    run = fresh(value);
    chart.reset();
    five.reset();
    insight.reset();
    glance.reset();
    travel.reset(run);
    processes.reset();
    diagnosis.reset(run);
    find("epochs tbody").replaceChildren();
    find("epochs").hidden = true;
    paint();
    poll(run);
  }

  // ---- what the learner does -----------------------------------------------------------------------------------------
  function launch(name) {
    run.before = run.state;
    run.state = "starting";
    run.error = "";
    clearTimeout(run.timer);
    paint();
    const current = run;
    current.refusal = setTimeout(() => {
      if (run !== current || run.state !== "starting") return; // the answer came
      run.state = run.before;
      run.before = undefined;
      run.error = t("no_answer");
      paint();
      poll(run);
    }, 20000);
    emit[name]({});
  }
  /** What the learner does with the snapshot of step `step`: see time_travel.js. */
  function act(name, step) {
    props.value = { run_id: run.id, example: run.example, error: "", step, draw: `${run.id}@${step}`, asked: performance.now() };
    if (name === "fork" || name === "go_on") launch(name);
    else emit[name]({});
  }
  buttons.start.addEventListener("click", () => launch("start"));
  const ask = async (name, given = {}) => {
    let answer = null;
    try {
      answer = await server[name]({ run_id: run.id, ...given });
    } catch {
      answer = null;
    }
    if (!answer || answer.error) run.error = answer?.error.message ?? t("no_answer");
    clearTimeout(run.timer);
    poll(run);
  };
  buttons.pause.addEventListener("click", () => ask(run.state === "paused" ? "resume" : "pause"));
  buttons.step.addEventListener("click", () => {
    run.stepping = performance.now() + STEP_WATCH_MS;
    find("five").open = true;
    ask("step");
  });
  buttons.stop.addEventListener("click", () => {
    run.state = "stopping";
    paint();
    ask("stop");
  });
  buttons.draw.addEventListener("click", () => {
    if (props.value.draw) props.value = { run_id: run.id, example: run.example, error: "", asked: performance.now() };
    emit.draw({ run_id: run.id });
  });
  find("smoothing").addEventListener("input", (event) => chart.setSmoothing(Number(event.target.value)));
  find("log").addEventListener("change", (event) => chart.setLog(event.target.checked));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && run && LIVE.has(run.state) && run.state !== "starting") { clearTimeout(run.timer); poll(run); }
  });

  show(props.value);
  watch("value", () => show(props.value));
};
