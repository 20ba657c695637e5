// Loss and accuracy over steps, drawn by uPlot: raw points faint, their running mean strong, test accuracy as dots.
"use strict";

PP.trainingChart = (host, t) => {
  const HEIGHT = () => Math.max(220, Math.min(340, Math.round(window.innerHeight * 0.36)));
  let steps, loss, smooth, accuracy, test, plot = null, length = 0, frame = 0, smoothing = 0.9, logarithmic = false, zoomed = false;
  let means;

  const finite = (value) => (typeof value === "number" ? value : null);

  function reset() {
    [steps, loss, smooth, accuracy, test] = [[], [], [], [], []];
    means = { loss: [0, 0], accuracy: [0, 0] };
    length = 0;
    zoomed = false;
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
        x: { time: false, range: (_, low, high) => (zoomed ? [low, high] : [0, Math.max(length, high || 0, 10)]) },
        loss: { distr: logarithmic ? 3 : 1, range: logarithmic ? undefined : (_, low, high) => [0, Math.max(high * 1.05 || 1, 0.05)] },
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
        { ...axis, scale: "loss", label: t("loss"), labelSize: 18, labelFont: axis.font, size: 48 },
        { ...axis, scale: "accuracy", side: 1, label: t("accuracy"), labelSize: 18, labelFont: axis.font, size: 50, grid: { show: false }, values: (_, marks) => marks.map((mark) => `${Math.round(100 * mark)} %`) },
      ],
      hooks: { setSelect: [(chart) => { zoomed = chart.select.width > 0 || zoomed; }] },
    }, data(), host);
    plot.over.addEventListener("dblclick", () => { zoomed = false; paint(); });
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
    smoothLoss: () => smooth.at(-1),
  };
};
