// The parts of a graph's picture as SVG: boxes of nodes and groups, frames, edges, their labels. Text is always text.
"use strict";

PP.graphDraw = {};

{
const SPACE = "http://www.w3.org/2000/svg";
const SIZE = { height: 46, least: 116, most: 216, side: 11, leafSide: 14, labelHeight: 15, arrow: 6.5 };
const FONTS = { title: "700 12.5px", sub: "11px", label: "10.5px" };
// The lines of a box by how many there are: baselines from its upper border.
const LINES = { 1: [27.5], 2: [20, 35], 3: [15.5, 28, 40] };

PP.graphDraw.SIZE = SIZE;

PP.graphDraw.svg = (tag, attributes = {}, ...children) => {
  const node = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};
const svg = PP.graphDraw.svg;

/** The width of texts in the fonts of `host`: measure(text, "title" | "sub" | "label" | "mono"). */
PP.graphDraw.ruler = (host) => {
  const context = document.createElement("canvas").getContext("2d"), known = new Map();
  const style = getComputedStyle(host), sans = style.fontFamily || "sans-serif";
  const mono = style.getPropertyValue("--pp-graph-mono").trim() || "monospace";
  return (text, kind) => {
    const key = `${kind}\n${text}`;
    if (!known.has(key)) {
      context.font = `${FONTS[kind] ?? FONTS.sub} ${kind === "sub" ? sans : mono}`;
      known.set(key, context.measureText(text).width);
    }
    return known.get(key);
  };
};

/** A text that fits, with … at its end. */
const fitted = (text, width, measure, kind) => {
  if (measure(text, kind) <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${text.slice(0, middle)}…`, kind) <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
};

/** What a box says: {title, subtitle, badge, kind}. */
PP.graphDraw.wording = ({ node, group }, t) =>
  group ? { title: group.title, subtitle: t("nodes", { count: group.members.length }), badge: "", kind: "group" }
    : { title: String(node.title ?? ""), subtitle: String(node.subtitle ?? ""), badge: String(node.badge ?? ""), kind: node.kind || "op" };

/** Sizes of a box or a frame, written to it. */
PP.graphDraw.measure = (box, measure, t) => {
  const words = box.words = PP.graphDraw.wording(box, t);
  if (box.items) {
    box.width = Math.min(2 * SIZE.most, measure(box.group.path, "label") + 56);
    return;
  }
  const side = words.kind === "leaf" ? SIZE.leafSide : SIZE.side;
  const title = measure(words.title, "title") + (words.badge ? 10 + badgeWidth(words.badge, measure) : 0) + (box.group ? 22 : 0);
  const counted = box.group ? measure(t("done_of", { done: box.members.length, count: box.members.length }), "mono") : 0;
  const subtitle = Math.max(measure(words.subtitle, "sub"), counted);
  box.width = Math.ceil(Math.max(SIZE.least, Math.min(SIZE.most, Math.max(title, subtitle) + 2 * side)));
  box.height = SIZE.height;
};
const badgeWidth = (text, measure) => Math.min(96, measure(text, "mono") + 10);

/** A box as a button. `parts` of the result are what marking changes. */
PP.graphDraw.box = (box, measure) => {
  const { words, width, height } = box, [left, top] = [-width / 2, -height / 2];
  const radius = words.kind === "leaf" ? 16 : 6, side = words.kind === "leaf" ? SIZE.leafSide : SIZE.side;
  const rect = (className, grow = 0) => svg("rect", {
    class: className, x: left - grow, y: top - grow, width: width + 2 * grow, height: height + 2 * grow, rx: Math.min(radius + grow, (height + 2 * grow) / 2),
  });
  const parts = { lines: [] }, room = width - 2 * side;
  const line = (className, text, kind, space = room) => {
    const node = svg("text", { class: className, x: left + side }, fitted(text, space, measure, kind));
    parts.lines.push(node);
    return node;
  };
  const badge = words.badge ? badgeNode(words.badge, -left - side, top, room / 2, measure) : null;
  const title = line("pp-graph-title", words.title, "title", room - (badge ? badge.width + 8 : 0) - (box.group ? 20 : 0));
  const subtitle = words.subtitle ? line("pp-graph-sub", words.subtitle, "sub") : null;
  parts.value = svg("text", { class: "pp-graph-value", x: left + side });
  parts.top = top;
  if (box.group) parts.bar = svg("rect", { class: "pp-graph-progress", x: left + side, y: -top - 3.5, width: 0, height: 2.5, rx: 1.25 });
  const node = svg("g", { role: "button", tabindex: -1 },
    svg("title", {}, [words.title, words.badge, words.subtitle].filter(Boolean).join("  ")),
    rect("pp-graph-halo", 4), box.group ? stack(left, top, width, height) : null, rect("pp-graph-box"),
    words.kind === "second" ? rect("pp-graph-inner", -3) : null,
    rect("pp-graph-heat"), title, subtitle, parts.value, badge?.node ?? null,
    box.group ? plus(-left - side - 5, top + 15.5) : null, parts.bar ?? null, rect("pp-graph-ring", 3));
  Object.assign(parts, { node, title, badge: badge?.node ?? null, room, measure, side, width });
  PP.graphDraw.setValue(parts, "");
  return parts;
};

/** The little line below the subtitle, for which the lines above make room; a group's stands for its subtitle. */
PP.graphDraw.setValue = (parts, text) => {
  if (parts.text === text) return;
  parts.text = text;
  parts.value.textContent = text ? fitted(text, parts.room, parts.measure, "mono") : "";
  const own = text && parts.bar ? parts.lines.slice(0, 1) : parts.lines, lines = text ? [...own, parts.value] : own;
  if (parts.bar) parts.lines[1].setAttribute("visibility", text ? "hidden" : "visible");
  const places = LINES[lines.length];
  if (parts.count === lines.length && !parts.bar) return;
  parts.count = lines.length;
  lines.forEach((line, place) => line.setAttribute("y", parts.top + places[place]));
  parts.badge?.setAttribute("transform", `translate(0 ${places[0]})`);
};

const stack = (left, top, width, height) => svg("path", {
  class: "pp-graph-stack", d: `M${left + 6} ${top + height + 3.5}H${left + width - 3}a6.5 6.5 0 0 0 6.5 -6.5V${top + 6}`,
});
const plus = (x, y) => svg("path", { class: "pp-graph-plus", d: `M${x - 4} ${y}h8M${x} ${y - 4}v8` });

function badgeNode(text, right, top, most, measure) {
  const width = Math.min(most, badgeWidth(text, measure));
  const node = svg("g", { class: "pp-graph-badge" },
    svg("rect", { x: right - width, y: top - 11.5, width, height: 15, rx: 4 }),
    svg("text", { x: right - width / 2, y: top - 0.5, "text-anchor": "middle" }, fitted(text, width - 6, measure, "mono")));
  return { node, width };
}

/** An open group: a light frame, and its head with the path and a button that closes it. */
PP.graphDraw.frame = (frame, measure, t) => {
  const { x, y, width, height, group } = frame, [left, top] = [x - width / 2, y - height / 2];
  const text = fitted(group.path, width - 40, measure, "label"), wide = measure(text, "label");
  const head = svg("g", { class: "pp-graph-head", role: "button", tabindex: -1, "aria-label": t("close_group", { path: group.path }), "data-path": group.path },
    svg("title", {}, t("close_group", { path: group.path })),
    svg("rect", { class: "pp-graph-head-box", x: left + 6, y: top + 5, width: wide + 28, height: 17, rx: 4 }),
    svg("text", { x: left + 11, y: top + 17 }, text),
    svg("path", { class: "pp-graph-cross", d: `M${left + wide + 20} ${top + 10.5}l6 6m0 -6l-6 6` }));
  return { rect: svg("rect", { class: "pp-graph-frame", x: left, y: top, width, height, rx: 8 }), head };
};

/** A line through points: straight down inside the ranks, a soft curve between them. */
PP.graphDraw.path = (points) => points.map(([x, y], place) => {
  if (!place) return `M${round(x)} ${round(y)}`;
  const [beforeX, beforeY] = points[place - 1], middle = round((y + beforeY) / 2);
  return Math.abs(x - beforeX) < 0.5 ? `V${round(y)}` : `C${round(beforeX)} ${middle} ${round(x)} ${middle} ${round(x)} ${round(y)}`;
}).join("");
const round = (value) => Math.round(value * 10) / 10;

/** An edge: its line, and an arrow at each end, of which one is seen. */
PP.graphDraw.edge = ({ points, kind, begins }) => {
  const [first, second] = points, [last, before] = [points.at(-1), points.at(-2)];
  const arrow = (className, [x, y], from) => {
    const up = Math.sign(y - from) || 1, { arrow: size } = SIZE;
    return svg("path", { class: className, d: `M${round(x)} ${round(y)}l${-size / 2} ${-up * size}h${size}z` });
  };
  return svg("g", { class: `pp-graph-edge${kind === "cut" ? " pp-is-cut" : ""}` },
    svg("path", { class: "pp-graph-line", d: PP.graphDraw.path(points.slice(begins)) }),
    arrow("pp-graph-forward", last, before[1]), arrow("pp-graph-backward", first, second[1]));
};

/** Where an edge's label stands: beside where it leaves its first box. */
PP.graphDraw.labelPlace = ({ points, label }, measure, gap) => {
  const [[x, y], [nextX, nextY]] = points, bent = x !== nextX;
  const middle = bent ? (y + nextY) / 2 : y + Math.sign(nextY - y) * Math.min(Math.abs(nextY - y), gap) / 2;
  return { x: (x + nextX) / 2, y: middle, width: measure(label, "label") + 6, height: SIZE.labelHeight };
};

PP.graphDraw.label = ({ x, y, width, height }, text) => svg("g", {},
  svg("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: 3 }), svg("text", { x, y: y + 3.5, "text-anchor": "middle" }, text));

/** For each edge the point at which its line begins: edges that leave a box as one trunk draw it once, the longest one. */
PP.graphDraw.trunks = (edges) => {
  const end = (edge) => edge.points.at(-1)?.[1] ?? 0, last = new Map();
  for (const edge of edges.toSorted((a, b) => end(b) - end(a))) {
    edge.begins = shared(edge.points, last.get(edge.from)?.points ?? []);
    last.set(edge.from, edge);
  }
};
const shared = (points, others) => {
  let same = 0;
  while (same < points.length - 1 && others[same] && points[same][0] === others[same][0] && points[same][1] === others[same][1]) same++;
  if (!same || same >= points.length - 1 || !others[same]) return Math.max(0, Math.min(same, points.length - 1) - 1);
  const down = points[same - 1][0] === points[same][0] && others[same - 1][0] === others[same][0];
  return down && Math.abs(points[same][1] - points[same - 1][1]) < Math.abs(others[same][1] - others[same - 1][1]) ? same : same - 1;
};
}
