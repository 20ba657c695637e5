// Loss and accuracy over steps, drawn by uPlot: raw points faint, their running mean strong, test accuracy as dots.
"use strict";

PP.trainingChart = (host, t) => {
  const SHORTEST = 500; // steps: a run of seconds is seen whole from its first one
  const HEIGHT = () => Math.max(220, Math.min(340, Math.round(window.innerHeight * 0.36)));
  let steps, loss, smooth, accuracy, test, plot = null, length = 0, frame = 0, smoothing = 0.9, logarithmic = false, zoomed = false;
  let means;
  // Curves of other runs, changes that were made by hand, and the step that is chosen.
  let others = [], marks = [], marker = { step: null, node: null, drag: null };

  const finite = (value) => (typeof value === "number" ? value : null);

  function reset() {
    [steps, loss, smooth, accuracy, test] = [[], [], [], [], []];
    means = { loss: [0, 0], accuracy: [0, 0] };
    length = 0;
    zoomed = false;
    marks = [];
  }

  /** Running mean with the start's bias taken out, as Adam does it. */
  function mean(name, value) {
    const pair = means[name];
    if (value !== null) {
      pair[0] = smoothing * pair[0] + (1 - smoothing) * value;
      pair[1] = smoothing * pair[1] + (1 - smoothing);
    }
    return pair[1] > 0 ? pair[0] / pair[1] : null;
  }

  function addStep(event) {
    steps.push(event.step);
    loss.push(finite(event.loss));
    smooth.push(mean("loss", finite(event.loss)));
    rawAccuracy.push(finite(event.accuracy));
    accuracy.push(mean("accuracy", finite(event.accuracy)));
    test.push(null);
  }
  let rawAccuracy = [];

  function addEpoch(event) {
    if (steps.length) test[steps.length - 1] = finite(event.test_accuracy);
  }

  function build() {
    plot?.destroy();
    const [accent, second, text, line] = ["--pp-accent", "--pp-second", "--pp-muted", "--pp-line"].map(PP.color);
    const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: "12px 'IBM Plex Sans', sans-serif" };
    const value = (digits) => (_, number) => PP.number(number, digits);
    const lastTest = (_, number, series, place) => {
      let last = place ?? -1;
      while (last >= 0 && test[last] === null) last--;
      return last >= 0 ? PP.percent(test[last]) : "–";
    };
    const percent = (_, number) => (number === null || number === undefined ? "–" : PP.percent(number));
    plot = new uPlot({
      width: Math.max(host.clientWidth, 200),
      height: HEIGHT(),
      padding: [10, 4, 0, 0],
      cursor: { points: { size: 6 }, drag: { x: true, y: false } },
      legend: { live: true },
      scales: {
        x: { time: false, range: (_, low, high) => (zoomed ? [low, high] : [0, end()]) },
        loss: { distr: logarithmic ? 3 : 1, range: logarithmic ? undefined : (_, low, high) => [0, Math.max((high * 1.05 || 0), (tallest() * 1.05), 0.05) || 1] },
        accuracy: { range: (_, low) => [Math.min(0.9, Math.floor((low ?? 0) * 10) / 10), 1] },
      },
      series: [
        { label: t("step"), value: (_, number) => (number ?? "–").toLocaleString("en") },
        { label: t("loss_raw"), scale: "loss", stroke: accent + "40", width: 1, value: value(4), points: { show: false } },
        { label: t("loss"), scale: "loss", stroke: accent, width: 2, value: value(4), points: { show: false } },
        { label: t("train_accuracy"), scale: "accuracy", stroke: second, width: 1.5, value: percent, points: { show: false } },
        { label: t("test_accuracy"), scale: "accuracy", stroke: second, width: 2, paths: () => null, value: lastTest, points: { show: true, size: 9, fill: second, stroke: PP.color("--pp-paper"), width: 2 }, spanGaps: false },
      ],
      axes: [
        { ...axis, size: 32 },
        { ...axis, scale: "loss", values: (_, marks) => marks.map((mark) => PP.mark(mark)), label: t("loss"), labelSize: 18, labelFont: axis.font, size: 48 },
        { ...axis, scale: "accuracy", side: 1, label: t("accuracy"), labelSize: 18, labelFont: axis.font, size: 50, grid: { show: false }, values: (_, marks) => marks.map((mark) => `${Math.round(100 * mark)} %`) },
      ],
      hooks: {
        setSelect: [(chart) => { zoomed = chart.select.width > 0 || zoomed; }],
        drawAxes: [drawOthers],
        draw: [drawMarks, placeMarker],
      },
    }, data(), host);
    plot.over.addEventListener("dblclick", () => { zoomed = false; paint(); });
  }

  // ---- other runs, marks, the chosen step ----------------------------------------------------------------------------
  // A run of a hundred epochs would be a line at the left for its first minutes.
  const end = () => Math.max(PP.axisLength(Math.max(0, steps.at(-1) ?? 0, ...others.map((other) => other.steps.at(-1) ?? 0)), length, SHORTEST), 10);
  const tallest = () => (logarithmic ? 0 : Math.max(0, ...others.map((other) => other.highest)));

  /** A run's events as a curve for `setOthers`: {steps, loss, accuracy, tests: [[step, accuracy]], highest}. */
  function curve(events) {
    const found = { steps: [], loss: [], accuracy: [], tests: [], highest: 0 }, pairs = { loss: [0, 0], accuracy: [0, 0] };
    const smoothed = (name, value) => {
      const pair = pairs[name];
      if (value !== null) { pair[0] = 0.9 * pair[0] + 0.1 * value; pair[1] = 0.9 * pair[1] + 0.1; }
      return pair[1] > 0 ? pair[0] / pair[1] : null;
    };
    for (const event of events) {
      if (event.type === "step") {
        found.steps.push(event.step);
        found.loss.push(smoothed("loss", finite(event.loss)));
        found.accuracy.push(smoothed("accuracy", finite(event.accuracy)));
        found.highest = Math.max(found.highest, found.loss.at(-1) ?? 0);
      }
      if (event.type === "epoch") found.tests.push([event.step, finite(event.test_accuracy)]);
    }
    return found;
  }

  function drawOthers(chart) {
    host.dataset.others = others.length;
    if (!others.length) return;
    const { ctx, bbox } = chart, ratio = devicePixelRatio, color = PP.color("--pp-third");
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.strokeStyle = color;
    ctx.fillStyle = PP.color("--pp-paper");
    for (const other of others) {
      for (const [values, scale, width, alpha] of [[other.accuracy, "accuracy", 1, 0.55], [other.loss, "loss", 2, 1]]) {
        ctx.lineWidth = width * ratio;
        ctx.globalAlpha = alpha;
        ctx.beginPath();
        const every = Math.max(1, Math.floor(values.length / (bbox.width || 1))); // one point a pixel is enough
        for (let place = 0; place < values.length; place += every) {
          if (values[place] !== null) ctx.lineTo(chart.valToPos(other.steps[place], "x", true), chart.valToPos(values[place], scale, true));
        }
        ctx.stroke();
      }
      ctx.lineWidth = 2 * ratio;
      for (const [step, accuracy] of other.tests) {
        if (accuracy === null) continue;
        ctx.beginPath();
        ctx.arc(chart.valToPos(step, "x", true), chart.valToPos(accuracy, "accuracy", true), 4 * ratio, 0, 7);
        ctx.fill();
        ctx.stroke();
      }
    }
    ctx.restore();
  }

  function drawMarks(chart) {
    host.dataset.marks = marks.length;
    if (!marks.length) return;
    const { ctx, bbox } = chart, ratio = devicePixelRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = PP.color("--pp-muted");
    ctx.lineWidth = ratio;
    ctx.setLineDash([4 * ratio, 4 * ratio]);
    ctx.font = `${11 * ratio}px 'IBM Plex Sans', sans-serif`;
    marks.forEach(({ step, label }, place) => {
      const x = chart.valToPos(step, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) return;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const right = x + ctx.measureText(label).width + 8 * ratio > bbox.left + bbox.width;
      ctx.textAlign = right ? "right" : "left";
      ctx.fillText(label, x + (right ? -4 : 4) * ratio, bbox.top + (14 + 13 * (place % 3)) * ratio);
    });
    ctx.restore();
  }

  function placeMarker(chart) {
    if (marker.step === null || !chart) { marker.node?.remove(); marker.node = null; return; }
    if (marker.node?.parentElement !== chart.over) {
      marker.node?.remove();
      const node = marker.node = PP.make("div", { class: "pp-marker" });
      const drag = (event) => {
        const box = chart.over.getBoundingClientRect();
        marker.drag?.(Math.max(0, Math.round(chart.posToVal(event.clientX - box.left, "x"))));
      };
      node.addEventListener("pointerdown", (event) => { event.stopPropagation(); node.setPointerCapture(event.pointerId); });
      node.addEventListener("mousedown", (event) => event.stopPropagation()); // else uPlot would begin a zoom
      node.addEventListener("pointermove", (event) => { if (node.hasPointerCapture(event.pointerId)) drag(event); });
      chart.over.append(node);
    }
    const x = chart.valToPos(marker.step, "x");
    marker.node.style.left = `${x}px`;
    marker.node.hidden = x < 0 || x > chart.over.clientWidth;
  }

  /** The values after step number `step`, of this run or of the one that it goes on from. */
  function at(step) {
    for (const one of [{ steps, loss: smooth, accuracy }, ...others]) {
      let low = 0, high = one.steps.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (one.steps[middle] <= step) low = middle + 1;
        else high = middle;
      }
      if (low) return { loss: one.loss[low - 1], accuracy: one.accuracy[low - 1] };
    }
    return { loss: null, accuracy: null };
  }

  function box() {
    if (!plot) return null;
    const [inner, outer] = [plot.over.getBoundingClientRect(), host.getBoundingClientRect()];
    return { left: inner.left - outer.left, right: outer.right - inner.right };
  }

  const data = () => [steps, loss, smooth, accuracy, test];

  function paint() {
    if (!host.clientWidth || frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (!plot) build();
      const range = zoomed ? { min: plot.scales.x.min, max: plot.scales.x.max } : null;
      plot.setData(data(), !zoomed);
      if (range) plot.setScale("x", range);
      host.dataset.redraws = Number(host.dataset.redraws || 0) + 1;
    });
  }

  function setSmoothing(value) {
    smoothing = value;
    means = { loss: [0, 0], accuracy: [0, 0] };
    smooth = loss.map((number) => mean("loss", number));
    accuracy = rawAccuracy.map((number) => mean("accuracy", number));
    paint();
  }

  const rebuild = () => { if (plot) { build(); paint(); } };
  new ResizeObserver(() => {
    if (!host.clientWidth) return;
    if (plot) plot.setSize({ width: host.clientWidth, height: HEIGHT() });
    else paint();
  }).observe(host);
  PP.onTheme(rebuild);
  reset();
  return {
    reset: () => { reset(); rawAccuracy = []; rebuild(); },
    addStep, addEpoch, paint, setSmoothing,
    setLength: (steps_) => { length = steps_; },
    setLog: (on) => { logarithmic = on; rebuild(); },
    count: () => steps.length,
    curve, at, box, end,
    setOthers: (curves) => { others = [...curves]; paint(); },
    addMark: (step, label) => { marks.push({ step, label }); },
    setMarker: (step, drag) => {
      marker.drag = drag;
      if (marker.step === step) return;
      marker.step = step;
      placeMarker(plot);
    },
    smoothLoss: () => smooth.at(-1),
  };
};
