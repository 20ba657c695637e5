// Test images as points, by the features of the last layer; the one that is pointed at shows its picture.
"use strict";

{
const LIGHT = ["#d9472b", "#2f6fb3", "#2b8a5b", "#a97b00", "#8450b5", "#c24488", "#11808c", "#6c7d1f", "#8c6244", "#6b7280"];
const DARK = ["#ff7a5c", "#7ab5f5", "#5fc998", "#e6b84a", "#b99af0", "#f08fc0", "#5fd0da", "#b5c95a", "#d0a27e", "#aab1bc"];
const NEAR = 14, RADIUS = 3;
const colorOf = (place, dark) => (place < LIGHT.length ? (dark ? DARK : LIGHT)[place] : `hsl(${(137 * place) % 360} 55% ${dark ? 70 : 42}%)`);

/** ask(index) promises the bytes of a test image. */
PP.projection = (t, projection, names, ask) => {
  if (projection.reason) return [PP.make("p", {}, t(projection.reason))];
  const { points, labels, answers, confidences, indices, explained } = projection;
  const canvas = PP.make("canvas", { class: "pp-points", tabindex: 0, role: "img", "aria-label": t("projection_chart") });
  const seen = PP.make("div", { class: "pp-point-seen", "aria-live": "polite" });
  const xs = points.map(([x]) => x), ys = points.map(([, y]) => y);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  let places = [], current = -1, only = null, asked = 0;

  const draw = () => {
    const width = canvas.clientWidth, height = canvas.clientHeight, ratio = devicePixelRatio || 1;
    if (!width) return;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d"), dark = document.body.classList.contains("dark");
    context.scale(ratio, ratio);
    // One scale for both axes: distances are those of the features.
    const scale = Math.min((width - 24) / (right - left || 1), (height - 24) / (high - low || 1));
    places = points.map(([x, y]) => [width / 2 + (x - (left + right) / 2) * scale, height / 2 - (y - (low + high) / 2) * scale]);
    const ring = PP.color("--pp-text");
    places.forEach(([x, y], place) => {
      context.globalAlpha = only === null || labels[place] === only ? 0.85 : 0.1;
      context.fillStyle = colorOf(labels[place], dark);
      context.beginPath();
      context.arc(x, y, RADIUS, 0, 2 * Math.PI);
      context.fill();
      if (labels[place] !== answers[place]) mark(context, x, y, RADIUS + 2.5, ring, 1.2);
    });
    context.globalAlpha = 1;
    if (current >= 0) mark(context, ...places[current], RADIUS + 5, PP.color("--pp-accent"), 2.5);
  };
  const mark = (context, x, y, radius, color, width) => {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  };

  const show = async (place) => {
    if (place < 0 || place === current) return;
    current = place;
    draw();
    const turn = ++asked, bytes = await ask(indices[place]);
    if (turn !== asked || !bytes) return;
    const label = names[labels[place]], answer = answers[place] < 0 ? "" : names[answers[place]] ?? String(answers[place]);
    const told = t(answers[place] < 0 ? "point_none" : answer === label ? "point_right" : "point_wrong", { label, answer });
    const sure = PP.percent(confidences[place], 1);
    seen.replaceChildren(PP.digit(bytes, 0, t("picture", { index: indices[place], confidence: sure })), PP.make("p", {}, PP.make("b", {}, told), PP.make("span", {}, t("sure", { confidence: sure }))));
    seen.dataset.index = indices[place];
  };
  const nearest = (event) => {
    const frame = canvas.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top;
    let found = -1, least = NEAR ** 2;
    places.forEach(([px, py], place) => {
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least && (only === null || labels[place] === only)) [found, least] = [place, distance];
    });
    return found;
  };
  canvas.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") show(nearest(event)); });
  canvas.addEventListener("pointerdown", (event) => show(nearest(event)));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    for (let place = current + step; place >= 0 && place < points.length; place += step) if (only === null || labels[place] === only) return void show(place);
  });

  const legend = PP.make("div", { class: "pp-point-legend" }, ...[...new Set(labels)].sort((a, b) => a - b).map((label) => {
    const button = PP.make("button", { type: "button", "aria-pressed": "false" }, PP.make("i", { "data-class": label }), names[label] ?? String(label));
    button.addEventListener("click", () => {
      only = only === label ? null : label;
      for (const other of legend.children) other.setAttribute("aria-pressed", String(other === button && only !== null));
      draw();
    });
    return button;
  }));
  const paint = () => {
    const dark = document.body.classList.contains("dark");
    for (const spot of legend.querySelectorAll("i")) spot.style.background = colorOf(Number(spot.dataset.class), dark);
    draw();
  };
  paint();
  new ResizeObserver(draw).observe(canvas);
  const text = t("projection_text", { layer: projection.layer || "Linear", count: points.length.toLocaleString("en"), features: projection.features.toLocaleString("en"), first: PP.percent(explained[0], 1), second: PP.percent(explained[1], 1) });
  const wrong = labels.findIndex((label, place) => label !== answers[place]);
  show(Math.max(0, wrong)); // something to see at once: a mistake, where there is one
  return { nodes: [PP.make("p", {}, text), PP.make("div", { class: "pp-points-row" }, canvas, PP.make("div", {}, seen, legend, PP.make("p", {}, t("projection_help"))))], paint };
};
}
