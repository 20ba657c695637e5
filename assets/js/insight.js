// Gradients, layer by layer: the table of the newest measurement, and a heatmap of all of them (layers × steps).
"use strict";

PP.insight = (host, t) => {
  const find = (name) => host.querySelector(`.pp-${name}`);
  const body = host.querySelector("tbody"), canvas = find("heat-cells"), names = find("heat-names");
  const OPEN = "pp-insight-open", TALL = 18, LOW = 6, MOST_TALL = 30, SHORTEST = 64;
  // Small is cold, large is hot; told apart without red and green.
  const RAMP = [[27, 51, 108], [47, 111, 179], [190, 211, 224], [240, 164, 112], [190, 48, 22]];
  let events, length = 0, reached = 0, shape = "", layers = [], range, frame = 0, pointed = null;

  function reset() {
    events = [];
    [length, reached, range, pointed] = [0, 0, null, null];
    for (const cell of body.querySelectorAll("td")) set(cell, "–");
  }

  function add(event) {
    events.push(event);
    for (const { gradient_norm: norm } of event.layers) widen(norm);
  }

  /** The scale goes over whole decades, and only ever grows: what was painted keeps its colour within a decade. */
  function widen(norm) {
    if (typeof norm !== "number" || norm <= 0) return;
    const decade = Math.min(6, Math.max(-12, Math.log10(norm)));
    range ??= [Math.floor(decade), Math.floor(decade) + 1];
    range = [Math.min(range[0], Math.floor(decade)), Math.max(range[1], Math.ceil(decade))];
  }

  function set(cell, text, style = "") {
    if (cell.textContent !== text) cell.textContent = text;
    if (cell.className !== style) cell.className = style;
  }

  const verdict = (row) => t(`verdict_${row.verdict}`);

  /** `step`: of the run by now; `ended`: nothing will follow. */
  function paint(step, ended) {
    reached = step;
    const last = events.at(-1);
    host.dataset.measured = events.length;
    set(find("insight-summary"), last ? summary(last) : t(ended ? "never" : "waiting"), "pp-fold-note pp-insight-summary");
    if (last) fit(last);
    else if (ended && shape) fit({ layers: [] });
    if (!host.open || !host.clientWidth || frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      if (events.length) fill(events.at(-1));
      draw();
      read();
    });
  }

  function summary({ layers: rows, step, share }) {
    const bad = rows.filter((row) => !["ok", "none"].includes(row.verdict));
    const values = { step: step.toLocaleString("en"), share: PP.percent(share, 1) };
    if (!bad.length) return t("all_ok", { total: rows.length, ...values });
    const rest = bad.length > 1 ? t("more", { number: bad.length - 1 }) : "";
    return t("some", { name: bad[0].name, verdict: verdict(bad[0]), rest, ...values });
  }

  /** Rows for these layers, where they are not those that are there already. */
  function fit(event) {
    const now = JSON.stringify(event.layers.map((row) => [row.name, row.type]));
    if (now === shape) return;
    shape = now;
    layers = event.layers.flatMap((row, place) => (row.units === null ? [place] : []));
    body.replaceChildren(...event.layers.map((row) => {
      const name = PP.make("th", { scope: "row", title: `${row.name} ${row.type}` }, row.name, PP.make("small", {}, row.type));
      return PP.make("tr", {}, name, ...Array.from({ length: 6 }, () => PP.make("td", {}, "–")));
    }));
    names.replaceChildren(...layers.map((place) => PP.make("li", {}, event.layers[place].name)));
    names.hidden = layers.length > MOST_TALL;
    canvas.style.height = `${layers.length * rowHeight()}px`;
  }

  const rowHeight = () => (layers.length > MOST_TALL ? LOW : TALL);

  function fill(event) {
    event.layers.forEach((row, place) => {
      const cells = body.rows[place].cells;
      const dead = row.units === null ? "–" : t("dead_of", { share: PP.percent(row.dead, 0), units: row.units });
      set(cells[1], verdict(row), `pp-verdict-${row.verdict}`);
      [row.gradient_norm, row.gradient_max, row.weight_norm, row.update_ratio].forEach((number, column) => {
        set(cells[column + 2], PP.number(number, 3));
      });
      set(cells[6], dead);
    });
  }

  // ---- the heatmap ---------------------------------------------------------------------------------------------------
  function color(norm) {
    if (typeof norm !== "number") return null;
    const [low, high] = range ?? [-7, 2];
    const share = norm > 0 ? Math.min(1, Math.max(0, (Math.log10(norm) - low) / (high - low))) : 0;
    const place = Math.min(RAMP.length - 2, Math.floor(share * (RAMP.length - 1)));
    const part = share * (RAMP.length - 1) - place;
    return RAMP[place].map((value, channel) => Math.round(value + part * (RAMP[place + 1][channel] - value)));
  }

  const end = () => Math.max(reached, events.at(-1)?.step ?? 0);
  /** The steps that the map is wide: it doubles when it is full, so that the beginning of a long run is no sliver. */
  const total = () => PP.axisLength(end(), length, SHORTEST);

  /** The measurement that holds at the share `x` of the run: the newest one until then; null where it has not been yet. */
  function at(x) {
    const step = Math.floor(x * total()) + 1;
    if (step > end()) return null;
    let low = 0, high = events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (events[middle].step <= step) low = middle + 1;
      else high = middle;
    }
    return events[Math.max(0, low - 1)];
  }

  function draw() {
    const width = canvas.clientWidth, rows = layers.length;
    if (!width || !rows) return;
    const ink = PP.color("--pp-text").match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16));
    const small = new ImageData(width, rows); // one point high each: stretching them is the canvas's work
    let painted = null, tones = [];
    for (let x = 0; x < width; x++) {
      const event = at((x + 0.5) / width);
      if (!event) break;
      if (event !== painted) tones = layers.map((place) => tone(event.layers[place], ink));
      painted = event;
      tones.forEach((value, row) => value && small.data.set(value, 4 * (row * width + x)));
    }
    const sheet = new OffscreenCanvas(width, rows);
    sheet.getContext("2d").putImageData(small, 0, 0);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== rows * rowHeight()) canvas.height = rows * rowHeight();
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(sheet, 0, 0, canvas.width, canvas.height);
    set(find("heat-last"), total().toLocaleString("en"), "pp-heat-last");
    set(find("heat-low"), range ? `1e${range[0]}` : "", "pp-heat-low");
    set(find("heat-high"), range ? `1e${range[1]}` : "", "pp-heat-high");
  }

  function tone(row, ink) {
    if (row.gradient_norm === null) return null;
    return [...(row.nan || row.inf ? ink : color(row.gradient_norm) ?? ink), 255];
  }

  function read() {
    const event = pointed && at(pointed.x), row = event?.layers[layers[pointed.row]];
    set(find("heat-reading"), row ? t("reading", {
      step: event.step.toLocaleString("en"), name: row.name, norm: PP.number(row.gradient_norm, 3),
      ratio: PP.number(row.update_ratio, 3), verdict: verdict(row),
    }) : t("point"), "pp-heat-reading");
  }

  function point(x, row) {
    pointed = { x: Math.min(0.9999, Math.max(0, x)), row: Math.min(layers.length - 1, Math.max(0, row)) };
    read();
  }
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    point((event.clientX - box.left) / box.width, Math.floor((event.clientY - box.top) / rowHeight()));
  });
  canvas.addEventListener("pointerleave", () => { pointed = null; read(); });
  canvas.addEventListener("keydown", (event) => {
    const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!right && !down) return;
    event.preventDefault();
    const { x, row } = pointed ?? { x: (end() - 0.5) / total(), row: -down };
    point(x + right / Math.min(total(), 100), row + down);
  });

  const again = () => paint(reached, false);
  find("heat-ramp").style.background = `linear-gradient(90deg, ${RAMP.map((tones) => `rgb(${tones})`)})`;
  host.open = localStorage.getItem(OPEN) === "1";
  host.addEventListener("toggle", () => {
    localStorage.setItem(OPEN, host.open ? "1" : "0");
    if (events.length) again();
  });
  new ResizeObserver(() => { if (events.length) again(); }).observe(canvas.parentElement);
  PP.onTheme(() => { if (events.length) again(); });
  reset();
  fit({ layers: [] });
  return { reset, add, paint, setLength: (steps) => { length = steps; } };
};
