// Curves of many runs in one chart. uPlot draws the axes and the cursor; the lines are drawn here, each run by its own points,
// so that runs of ten thousand steps need no common grid.
"use strict";

PP.runsChart = (host, t) => {
  const HEIGHT = () => Math.max(230, Math.min(360, Math.round(window.innerHeight * 0.38)));
  const tip = host.querySelector(".pp-runs-tip");
  const view = { metric: "loss", x: "steps", smoothing: 0.9, log: false };
  let runs = [], plot = null, frame = 0, zoom = null, drawn = [];

  const isEpoch = () => view.metric.startsWith("test_");
  const isShare = () => view.metric.endsWith("accuracy");
  const show = (value) => (value === null || value === undefined ? "–" : isShare() ? PP.percent(value) : PP.number(value, 4));

  function place(run, step, seconds) {
    if (view.x === "steps") return step;
    if (view.x === "seconds") return seconds;
    return run.curve.perEpoch ? step / run.curve.perEpoch : null;
  }

  /** What is drawn of a run: {x, y, low, high}: the strong line, and around it what the steps of each piece reached. */
  function prepare(run) {
    const { curve } = run, x = [], y = [], low = [], high = [];
    if (isEpoch()) {
      for (const epoch of curve.epochs) {
        const value = epoch[view.metric], at = place(run, epoch.step, epoch.training_seconds);
        if (typeof value === "number" && at !== null) { x.push(at); y.push(value); }
      }
      return { run, x, y, low, high };
    }
    const means = curve[view.metric], lows = curve[`${view.metric}_low`], highs = curve[`${view.metric}_high`];
    // A piece of n steps moves the running mean as n steps of its mean value would.
    const keep = view.smoothing ** curve.width;
    let sum = 0, weight = 0, before = -Infinity;
    for (let at = 0; at < means.length; at++) {
      const value = means[at], here = place(run, curve.steps[at], curve.seconds[at]);
      if (here === null || here < before) continue;
      before = here;
      if (value !== null) { sum = keep * sum + (1 - keep) * value; weight = keep * weight + (1 - keep); }
      x.push(here);
      y.push(value === null ? null : sum / weight);
      low.push(lows ? lows[at] : value);
      high.push(highs ? highs[at] : value);
    }
    return { run, x, y, low, high };
  }

  function rangeX() {
    if (zoom) return zoom;
    let most = 0;
    for (const line of drawn) most = Math.max(most, line.x.at(-1) ?? 0);
    return [0, most || 1];
  }

  function rangeY() {
    const [from, to] = rangeX(), values = [];
    for (const { x, y } of drawn) for (let at = 0; at < x.length; at++) if (y[at] !== null && x[at] >= from && x[at] <= to) values.push(y[at]);
    if (!values.length) return view.log && !isShare() ? [0.01, 1] : [0, 1];
    values.sort((one, other) => one - other);
    const top = values.at(-1), usual = values[Math.floor(0.9 * (values.length - 1))];
    if (isShare()) {
      const least = Math.max(0, Math.floor(values[0] * 20 - 0.2) / 20);
      return [Math.min(least, 0.95), Math.min(1, Math.max(top + 0.01, least + 0.05))];
    }
    if (view.log) {
      const positive = values.find((value) => value > 0) ?? 0.01;
      return [positive / 1.3, Math.min(top * 1.3, usual * 1e4) || 1];
    }
    // One run that explodes must not press all others flat; its line leaves the chart at the top.
    return [0, Math.min(top * 1.05, usual * 5) || 1];
  }

  function line(context, px, py, x, y) {
    context.beginPath();
    let pen = false;
    for (let at = 0; at < x.length; at++) {
      if (y[at] === null || y[at] === undefined) { pen = false; continue; }
      if (pen) context.lineTo(px(x[at]), py(y[at]));
      else { context.moveTo(px(x[at]), py(y[at])); pen = true; }
    }
    context.stroke();
  }

  function draw(chart) {
    const context = chart.ctx, { left, top, width, height } = chart.bbox, ratio = devicePixelRatio || 1;
    const floor = chart.scales.y.min;
    const px = (value) => chart.valToPos(value, "x", true);
    const py = (value) => chart.valToPos(view.log && !isShare() ? Math.max(value, floor) : value, "y", true);
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.lineJoin = "round";
    for (const { run, x, y, low, high } of drawn) {
      context.strokeStyle = run.color;
      if (low.length) {
        context.globalAlpha = drawn.length > 3 ? 0.14 : 0.25;
        context.lineWidth = ratio;
        const ends = [], values = [];
        const wide = run.curve.width > 1;
        for (let at = 0; at < x.length; at++) {
          ends.push(x[at]); values.push(high[at]);
          if (wide) { ends.push(x[at]); values.push(low[at]); }
        }
        line(context, px, py, ends, values);
      }
      context.globalAlpha = 1;
      context.lineWidth = 2 * ratio;
      line(context, px, py, x, y);
      if (isEpoch()) {
        context.fillStyle = run.color;
        for (let at = 0; at < x.length; at++) {
          context.beginPath();
          context.arc(px(x[at]), py(y[at]), 3.5 * ratio, 0, 7);
          context.fill();
        }
      }
    }
    context.restore();
  }

  /** The value of a line at x: of the last point that is not after it; none beyond its ends. */
  function at(line, where) {
    const { x, y } = line;
    if (!x.length || where > x.at(-1) * 1.0001) return null;
    let low = 0, high = x.length - 1;
    if (where < x[0]) return isEpoch() ? null : y[0];
    while (low < high) { const middle = (low + high + 1) >> 1; if (x[middle] <= where) low = middle; else high = middle - 1; }
    return y[low];
  }

  function point(chart) {
    const { left, top } = chart.cursor;
    if (left === null || left === undefined || left < 0 || !drawn.length) { tip.hidden = true; return; }
    const where = chart.posToVal(left, "x");
    const rows = drawn.map((each) => ({ run: each.run, value: at(each, where) }));
    rows.sort((one, other) => (one.value === null) - (other.value === null) || (isShare() ? other.value - one.value : one.value - other.value));
    const named = view.x === "steps" ? t("x_step_at", { at: Math.round(where).toLocaleString("en") })
      : view.x === "epochs" ? t("x_epoch_at", { at: PP.number(where, 3) }) : t("x_seconds_at", { at: PP.seconds(Math.max(0, where)) });
    tip.replaceChildren(PP.make("p", {}, named), ...rows.map(({ run, value }) => PP.make("div", { "data-run": run.id },
      PP.make("i", { style: `background:${run.color}` }), PP.make("span", {}, run.name), PP.make("b", {}, show(value)))));
    tip.hidden = false;
    const frameBox = chart.over.getBoundingClientRect(), hostBox = host.getBoundingClientRect();
    const x = frameBox.left - hostBox.left + left, room = hostBox.width - tip.offsetWidth;
    tip.style.left = `${Math.max(0, Math.min(room, x > hostBox.width / 2 ? x - tip.offsetWidth - 14 : x + 14))}px`;
    tip.style.top = `${Math.max(0, Math.min(hostBox.height - tip.offsetHeight, top - 10))}px`;
  }

  function build() {
    plot?.destroy();
    const [text, grid] = ["--pp-muted", "--pp-line"].map(PP.color);
    const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: "12px 'IBM Plex Sans', sans-serif" };
    const share = isShare();
    plot = new uPlot({
      width: Math.max(host.clientWidth, 200), height: HEIGHT(), padding: [10, 26, 0, 0],
      cursor: { points: { show: false }, y: false, drag: { x: true, y: false, setScale: false } },
      legend: { show: false },
      scales: { x: { time: false, range: rangeX }, y: { distr: view.log && !share ? 3 : 1, range: rangeY } },
      series: [{}, { scale: "y", stroke: "transparent", points: { show: false }, paths: () => null }],
      axes: [
        { ...axis, size: 42, label: t(`x_${view.x}`), labelSize: 16, labelFont: axis.font },
        { ...axis, scale: "y", size: 52, values: (_, marks) => marks.map((mark) => (share && mark !== null ? `${+(100 * mark).toFixed(1)} %` : PP.mark(mark))) },
      ],
      hooks: {
        draw: [draw], setCursor: [point],
        setSelect: [(chart) => {
          if (chart.select.width < 4) return;
          zoom = [chart.posToVal(chart.select.left, "x"), chart.posToVal(chart.select.left + chart.select.width, "x")];
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          paint();
        }],
      },
    }, [[0, 1], [1, 1]], host);
    plot.over.addEventListener("dblclick", () => { zoom = null; paint(); });
    plot.over.addEventListener("mouseleave", () => { tip.hidden = true; });
    // A finger: uPlot knows only the mouse.
    const touch = (event) => {
      const box = plot.over.getBoundingClientRect(), finger = event.touches[0];
      plot.setCursor({ left: Math.max(0, Math.min(box.width, finger.clientX - box.left)), top: finger.clientY - box.top });
    };
    plot.over.addEventListener("touchstart", touch, { passive: true });
    plot.over.addEventListener("touchmove", touch, { passive: true });
  }

  function paint() {
    if (frame || !host.clientWidth) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      drawn = runs.map(prepare);
      if (!plot) build();
      plot.setData([[0, 1], [1, 1]], true);
      host.dataset.redraws = Number(host.dataset.redraws || 0) + 1;
      host.dataset.lines = drawn.filter(({ x }) => x.length).length;
      host.dataset.points = drawn.reduce((sum, { x }) => sum + x.length, 0);
      if (!tip.hidden) point(plot);
    });
  }

  const rebuild = () => { if (plot) build(); paint(); };
  new ResizeObserver(() => {
    if (!host.clientWidth) return;
    if (plot) plot.setSize({ width: host.clientWidth, height: HEIGHT() });
    paint();
  }).observe(host);
  PP.onTheme(rebuild);
  return {
    show: (chosen) => { runs = chosen; paint(); },
    set: (name, value) => { view[name] = value; if (name === "x") zoom = null; rebuild(); },
    isEpoch, recolor: rebuild,
  };
};
