// The learning-rate finder: loss over rate while a search goes, and a slider on the same logarithmic axis.
"use strict";

PP.finder = ({ element, props, server, watch, emit }) => {
  const DECADES = [-5, -4, -3, -2, -1, 0, 1];
  const LOW = 1e-5, HIGH = 10, LEFT = 40, RIGHT = 10, THUMB = 8, POLL_MS = 120, TALL = 190;
  const t = PP.words(props.words), find = (name) => element.querySelector(`.pp-finder-${name}`);
  const [slider, shown, host, error] = [find("slider").querySelector("input"), find("slider").querySelector("output"), find("chart"), find("error")];
  let rates = [], losses = [], smooth = [], started = null, found = null, job = null, rate = null, plot = null, frame = 0, turn = 0, taken = null;
  let hasty = false; // Stop was pressed before the search had an id

  const share = (value) => Math.log(value / LOW) / Math.log(HIGH / LOW);
  const text = (value) => PP.number(value, 3).replace("e-", " × 10⁻").replace(/⁻(\d)$/, (_, digit) => `⁻${"⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]}`);
  const finite = (value) => (typeof value === "number" ? value : null);

  // ---- the picture
  function build() {
    plot?.destroy();
    const [accent, second, muted, line] = ["--pp-accent", "--pp-second", "--pp-muted", "--pp-line"].map(PP.color);
    const axis = { stroke: muted, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "11px 'IBM Plex Sans', sans-serif" };
    plot = new uPlot({
      width: Math.max(host.clientWidth, 200), height: TALL, padding: [8, RIGHT, 0, 0],
      cursor: { show: false }, legend: { show: false },
      scales: {
        x: { time: false, distr: 3, range: [LOW, HIGH] },
        y: { range: () => span() },
      },
      series: [
        {},
        { stroke: `${muted}90`, width: 1, points: { show: false } },
        { stroke: second, width: 2, points: { show: false } },
      ],
      axes: [
        { ...axis, size: 26, splits: () => DECADES.map((power) => 10 ** power), filter: (_, marks) => marks, values: () => DECADES.map((power) => (power < -2 ? `10⁻${"⁰¹²³⁴⁵"[-power]}` : String(10 ** power))) },
        { ...axis, size: LEFT, values: (_, marks) => marks.map((mark) => PP.number(mark, 3)) },
      ],
      hooks: { draw: [(chart) => {
        const limit = found?.curvature?.limit;
        if (typeof limit === "number") upright(chart, limit, muted, [5, 4], 1.5);
        if (found?.suggested) dot(chart, found.suggested, accent);
        if (rate) upright(chart, rate, accent, [], 2);
      }] },
    }, data(), host);
  }
  const data = () => [rates, losses, smooth.length ? smooth : losses.map(() => null)];

  /** Where it has exploded there is nothing to read: the scale ends a little above where the loss began. */
  function span() {
    const values = losses.filter((value) => value !== null);
    if (!values.length) return [0, 3];
    const start = values.slice(0, 5).reduce((sum, value) => sum + value, 0) / Math.min(5, values.length);
    return [0, Math.max(start * 1.6, 0.1)];
  }
  function upright(chart, value, colour, dash, width) {
    const { ctx, bbox } = chart, x = Math.round(chart.valToPos(value, "x", true)), scale = devicePixelRatio;
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.lineWidth = width * scale;
    ctx.setLineDash(dash.map((part) => part * scale));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
  function dot(chart, value, colour) {
    const place = rates.findIndex((one) => one >= value), [before, after] = [smooth[place - 1], smooth[place]];
    if (typeof before !== "number" || typeof after !== "number") return;
    const y = before + ((after - before) * (share(value) - share(rates[place - 1]))) / (share(rates[place]) - share(rates[place - 1]));
    const { ctx } = chart;
    ctx.save();
    ctx.fillStyle = colour;
    ctx.beginPath();
    ctx.arc(chart.valToPos(value, "x", true), chart.valToPos(y, "y", true), 4.5 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.restore();
  }
  function paint() {
    if (!host.clientWidth || frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (plot) plot.setData(data());
      else build();
      align();
    });
  }

  // ---- the slider lies under the picture: its thumb stands below the line
  function align() {
    slider.style.marginLeft = `${LEFT - THUMB}px`;
    slider.style.width = `calc(100% - ${LEFT + RIGHT - 2 * THUMB}px)`;
    const known = rate !== null && rate > 0;
    const place = known ? Math.min(1, Math.max(0, share(rate))) : 0;
    slider.value = Math.round(1000 * place);
    slider.setAttribute("aria-valuetext", known ? String(rate) : "");
    shown.textContent = known ? text(rate) : "";
    const wide = host.clientWidth - LEFT - RIGHT, half = shown.offsetWidth / 2;
    shown.style.left = `${Math.min(host.clientWidth - half, Math.max(half, LEFT + place * wide))}px`;
  }
  function choose(value, done) {
    rate = Number(value.toPrecision(2));
    paint();
    say();
    if (!done) return;
    props.value = { ...props.value, rate };
    emit.rate({ rate });
  }
  slider.addEventListener("input", () => choose(LOW * (HIGH / LOW) ** (slider.value / 1000), false));
  slider.addEventListener("change", () => choose(LOW * (HIGH / LOW) ** (slider.value / 1000), true));
  find("use").addEventListener("click", () => choose(found.suggested, true));

  // ---- a search
  function follow(id) {
    const mine = ++turn;
    job = { id, next: 0 };
    [rates, losses, smooth, started, found] = [[], [], [], null, null];
    tell("");
    state("preparing");
    if (hasty) stop();
    return PP.follow({
      wanted: () => mine === turn,
      read: () => server.read({ search: id, since: job.next }),
      heed,
      away: () => { find("state").textContent = t("no_answer"); },
      every: POLL_MS,
    });
  }
  /** What the server says; whether more is to come. */
  function heed(answer) {
    if (answer.error) return finish("failed", answer.error.message);
    job.next = answer.next;
    for (const event of answer.events) take(event);
    if (answer.state === "failed") return finish("failed", answer.failure.message);
    if (["stopped", "done"].includes(answer.state)) return finish(answer.state);
    state(answer.place ? "queued" : started ? "running" : "preparing", answer.place);
    paint();
    return true;
  }
  function take(event) {
    if (event.type === "started") started = event;
    if (event.type === "step") {
      rates.push(event.learning_rate);
      losses.push(finite(event.loss));
    }
    if (event.type === "done") {
      found = event;
      smooth = event.smooth.map(finite);
    }
  }
  function state(name, place) {
    element.dataset.state = name;
    const going = ["queued", "preparing", "running"].includes(name);
    find("search").disabled = going;
    find("stop").hidden = !going;
    find("use").hidden = !found?.suggested;
    if (found?.suggested) find("use").textContent = t("use", { rate: text(found.suggested) });
    const words = { queued: () => t("queued", { place }), preparing: () => t("preparing"), stopped: () => t("stopped"), running: () => t("running", { step: rates.length, steps: started.steps }) };
    find("state").textContent = words[name]?.() ?? "";
  }
  function finish(name, message = "") {
    job = null;
    tell(message);
    state(name);
    say();
    paint();
    return false;
  }
  function tell(message) {
    error.textContent = message;
    error.hidden = !message;
  }

  /** What was found, in words. */
  function say() {
    const lines = [];
    if (found) {
      const { steepest, lowest, diverged, suggested, curvature } = found;
      lines.push(suggested ? t("found", { steepest: text(steepest), lowest: text(lowest), suggested: text(suggested) }) : t("flat"));
      if (diverged) lines[0] += ` ${t("diverged", { diverged: text(diverged) })}`;
      if (curvature) {
        const { limit, largest, error: bound, products, images } = curvature;
        const values = { largest: PP.number(largest, 3), error: PP.number(bound, 2), products, images };
        if (limit === null) lines.push(t("no_limit", values));
        else lines.push(t("limit", { formula: formula(curvature), limit: text(limit), ...values }) + (rate > limit ? ` ${t("above")}` : ""));
      } else if (props.value?.optimizer === "SGD") lines.push(t("no_curvature"));
    }
    const stale = found && props.value?.stale ? [PP.make("p", { class: "pp-finder-stale" }, t("stale"))] : [];
    find("said").replaceChildren(...stale, ...lines.map((line) => PP.make("p", {}, line)));
  }
  function formula({ momentum, nesterov, weight_decay: decay }) {
    const bend = decay ? `(λ + ${PP.number(decay, 2)})` : "λ";
    if (!momentum) return `2/${bend}`;
    return nesterov ? `2 (1 + μ)/((1 + 2μ) ${bend})` : `2 (1 + μ)/${bend}`;
  }

  // ---- what the page says
  function listen() {
    const value = props.value ?? {};
    rate = typeof value.rate === "number" && value.rate > 0 ? value.rate : null;
    if (value.time !== taken) { // a search that was started, or refused
      taken = value.time;
      if (value.failed) { tell(value.failed); state(job ? "running" : "failed"); }
      else if (value.search) follow(value.search);
    }
    say();
    paint();
  }
  function stop() {
    server.stop({ search: job.id }).catch(() => { find("state").textContent = t("no_answer"); });
  }
  find("search").addEventListener("click", () => { hasty = false; state("preparing"); tell(""); emit.search({}); });
  find("stop").addEventListener("click", () => { if (job) stop(); else hasty = true; });
  new ResizeObserver(() => {
    if (!host.clientWidth) return;
    if (plot) plot.setSize({ width: host.clientWidth, height: TALL });
    paint();
  }).observe(host);
  element.querySelector("details").addEventListener("toggle", ({ target }) => {
    paint();
    if (target.open) emit.opened({});
  });
  PP.onTheme(() => { if (plot) { build(); align(); } });
  watch("value", listen);
  listen();
};
