// What a program's backward passes left: the gradients by name, and over many passes the loss and the fit.
"use strict";

{
const SVG = "http://www.w3.org/2000/svg", WIDTH = 320, HEIGHT = 150, EDGE = { left: 40, right: 8, top: 8, bottom: 20 }, FRAME_MS = 60;

const svg = (tag, attributes, ...children) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};
/** A number without groups of digits: in a list a comma would part it in two. */
PP.plainNumber = (value, digits = 4) => {
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || (size && size < 1e-4)) return value.toExponential(Math.max(0, Math.min(digits, 3) - 1));
  return String(Number(value.toPrecision(digits)));
};
/** A tensor in a sentence or a table: its numbers where they are few, else how large it gets. */
PP.tensorTold = (tensor, most = 6, digits = 4) => {
  if (!tensor) return "–";
  const flat = tensor.value === null || tensor.value === undefined ? [] : [tensor.value].flat(Infinity);
  if (flat.length === 1) return PP.plainNumber(flat[0], digits + 2);
  if (flat.length && flat.length <= most) return `[${flat.map((one) => PP.plainNumber(one, digits)).join(", ")}]`;
  if (!tensor.finite) return "nan/inf";
  return tensor.largest === 0 ? "0 … 0" : `max ${PP.plainNumber(tensor.largest, 3)}`;
};
const told = PP.tensorTold;

/** The table of gradients: after the pass, what the pass added, and what an edit makes of that. */
PP.gradientTable = ({ gradients, contributions, compared, t }) => {
  const names = [...new Set([...Object.keys(gradients ?? {}), ...Object.keys(contributions ?? {})])];
  if (!names.length) return PP.make("p", { class: "pp-empty" }, t("no_gradients"));
  const columns = [t("gradient_name"), t("gradient_shape"), t("gradient_added"), ...(compared ? [t("gradient_edited"), t("gradient_change")] : [t("gradient_after")])];
  const table = PP.make("table", { class: "pp-gradients" }, PP.make("tr", {}, ...columns.map((one) => PP.make("th", { scope: "col" }, one))));
  for (const name of names) {
    const added = contributions?.[name], after = gradients?.[name], edited = compared?.[name];
    const changed = edited && edited.change !== 0;
    const last = compared
      ? [PP.make("td", { class: changed ? "pp-edited" : null }, told(edited?.after)), PP.make("td", { class: changed ? "pp-edited" : null }, edited?.change === null || edited?.change === undefined ? "–" : edited.change === 0 ? "=" : typeof edited.change === "string" ? edited.change : PP.percent(edited.change, 1))]
      : [PP.make("td", {}, told(after))];
    table.append(PP.make("tr", { "data-name": name }, PP.make("th", { scope: "row" }, name), PP.make("td", {}, PP.shape((after ?? added).shape)), PP.make("td", {}, told(added)), ...last));
  }
  return PP.make("div", { class: "pp-gradients-box" }, table);
};

/** The passes of a program: one is chosen; of many the loss, and the fit of a regression, are drawn and played. */
PP.passesView = ({ host, t, choose }) => {
  let passes = [], fit = null, number = 0, playing = 0;
  const slider = PP.make("input", { type: "range", min: 0, step: 1, "aria-label": t("pass") }), where = PP.make("span", { class: "pp-pass-where" });
  const button = (key, move) => {
    const node = PP.make("button", { type: "button", class: "pp-button", "aria-label": t(key) }, t(key));
    node.addEventListener("click", move);
    return node;
  };
  const play = button("play_passes", () => (playing ? stop() : start()));
  const charts = PP.make("div", { class: "pp-pass-charts" });
  slider.addEventListener("input", () => { stop(); go(Number(slider.value)); });
  slider.addEventListener("change", () => choose(number));
  host.append(PP.make("div", { class: "pp-pass-bar" }, PP.make("b", {}, t("passes")), slider, where, play), charts);

  function show(result) {
    stop();
    ({ passes, fit } = result);
    number = result.pass;
    host.hidden = passes.length < 2;
    if (host.hidden) return;
    slider.max = passes.length - 1;
    play.hidden = passes.length < 4;
    go(number);
  }
  function go(next) {
    number = next;
    slider.value = next;
    const pass = passes[next];
    where.textContent = t("pass_of", { number: next + 1, count: passes.length, root: pass.root || "–", value: told(pass.value), line: pass.line ?? "–" });
    charts.replaceChildren(...[passes.length > 3 ? lossChart() : null, fitChart()].filter(Boolean));
  }
  function start() {
    let at = number >= passes.length - 1 ? 0 : number;
    play.textContent = t("pause");
    playing = setInterval(() => {
      go(at);
      if (++at >= passes.length) { stop(); choose(number); }
    }, FRAME_MS);
  }
  function stop() {
    clearInterval(playing);
    playing = 0;
    play.textContent = t("play_passes");
  }

  /** A frame with its scales: numbers to places. */
  function frame(xs, ys, label) {
    const span = (values) => { const low = Math.min(...values), high = Math.max(...values); return [low, high === low ? low + 1 : high]; };
    const [left, right] = span(xs), [bottom, top] = span(ys);
    const x = (value) => EDGE.left + (WIDTH - EDGE.left - EDGE.right) * (value - left) / (right - left);
    const y = (value) => HEIGHT - EDGE.bottom - (HEIGHT - EDGE.top - EDGE.bottom) * (value - bottom) / (top - bottom);
    const text = (value, at, anchor, row) => svg("text", { x: at, y: row, "text-anchor": anchor }, PP.number(value, 3));
    const node = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      svg("path", { class: "pp-axis", d: `M${EDGE.left} ${EDGE.top}V${HEIGHT - EDGE.bottom}H${WIDTH - EDGE.right}` }),
      text(top, EDGE.left - 5, "end", EDGE.top + 8), text(bottom, EDGE.left - 5, "end", HEIGHT - EDGE.bottom),
      text(left, EDGE.left, "start", HEIGHT - 6), text(right, WIDTH - EDGE.right, "end", HEIGHT - 6));
    return { node, x, y };
  }
  const path = (points, x, y) => points.map(([a, b], place) => `${place ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("");

  function lossChart() {
    const values = passes.map((pass) => (typeof pass.value?.value === "number" ? pass.value.value : null));
    const known = values.map((value, place) => [place + 1, value]).filter(([, value]) => value !== null);
    if (known.length < 2) return null;
    const { node, x, y } = frame(known.map(([a]) => a), [0, ...known.map(([, b]) => b)], t("loss_curve"));
    node.append(svg("path", { class: "pp-curve pp-faint", d: path(known, x, y) }), svg("path", { class: "pp-curve", d: path(known.slice(0, number + 1), x, y) }));
    if (values[number] !== null) node.append(svg("circle", { class: "pp-now", cx: x(number + 1), cy: y(values[number]), r: 4 }));
    return PP.make("figure", {}, node, PP.make("figcaption", {}, t("loss_curve")));
  }

  function fitChart() {
    const line = passes[number]?.fit ?? [];
    if (!fit?.x.length || !line.length) return null;
    const count = line.length, order = line.map((_, place) => Math.floor(place * (fit.x.length - 1) / Math.max(1, count - 1)));
    const { node, x, y } = frame(fit.x, [...fit.y, ...passes.flatMap((pass) => pass.fit)].filter(Number.isFinite), t("fitted"));
    fit.x.forEach((value, place) => node.append(svg("circle", { class: "pp-datum", cx: x(value).toFixed(1), cy: y(fit.y[place]).toFixed(1), r: 2.2 })));
    node.append(svg("path", { class: "pp-curve", d: path(line.map((value, place) => [fit.x[order[place]], value]), x, y) }));
    return PP.make("figure", {}, node, PP.make("figcaption", {}, t("fitted")));
  }
  return { show };
};
}
