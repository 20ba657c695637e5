// A layered drawing of a directed graph, top to bottom, after Sugiyama, Tagawa and Toda (1981): break cycles, rank,
// order each rank (graph_order.js), give each node its column (graph_columns.js), route the edges.
"use strict";

window.PP = window.PP || {};

{
const GAPS = { rankGap: 38, nodeGap: 20, edgeGap: 12, partGap: 40, portGap: 16, wrap: true };
const OUTSIDE = 1e4, PARALLEL_GAP = 12, CORNER = 14, LEAN = 0.16;

/** Places for nodes and points for edges, every edge downwards.
 *
 * nodes: [{id, width, height, pin}], pin "top" or "bottom" = alone on the first or last rank (where an edge enters or
 * leaves a frame). edges: [[from, to, {tail, head}]], tail and head = where the edge leaves and enters, in pixels from
 * the node's middle; without them it leaves and enters where it looks best. An edge that closes a cycle runs upwards.
 * Result: {width, height, nodes: Map id → {x, y, rank}, edges: [{from, to, points}]}; x and y are the node's middle, and
 * edges[i] belongs to the i-th edge given. A loop, or an edge to a node that is not there, has no points. */
PP.layoutGraph = ({ nodes, edges }, options = {}) => {
  const gaps = { ...GAPS, ...options };
  const vertices = new Map(nodes.map((node) => [node.id, vertex(node)]));
  const links = connect(vertices, edges);
  const parts = components([...vertices.values()]);
  for (const part of parts) layoutPart(part, gaps);
  const { width, height } = arrange(parts, gaps);
  const placed = new Map();
  for (const [id, { x, y, rank }] of vertices) placed.set(id, { x, y, rank });
  return { width, height, nodes: placed, edges: edges.map(([from, to], place) => ({ from, to, points: links[place]?.points ?? [] })) };
};

const vertex = ({ width, height, pin }) => ({ width, height, pin, ins: [], outs: [], up: [], down: [], x: 0, y: 0, rank: 0 });

/** The edges as links between vertices, those turned round that would close a cycle. */
function connect(vertices, edges) {
  const links = edges.map(([from, to, ends = {}]) => {
    const link = { from: vertices.get(from), to: vertices.get(to), tail: ends.tail, head: ends.head, turned: false, points: [] };
    return link.from && link.to && link.from !== link.to ? link : null;
  });
  const turned = PP.backEdges([...vertices.values()], links.filter(Boolean));
  for (const link of links) {
    if (!link) continue;
    if (turned.has(link)) Object.assign(link, { from: link.to, to: link.from, tail: link.head, head: link.tail, turned: true });
    link.from.outs.push(link);
    link.to.ins.push(link);
  }
  return links;
}

/** The edges {from, to} that must be turned round to leave no cycle: those that lead back to a node still being visited. */
PP.backEdges = (vertices, edges) => {
  const outs = new Map(vertices.map((one) => [one, []])), entered = new Set();
  for (const edge of edges) {
    outs.get(edge.from).push(edge);
    entered.add(edge.to);
  }
  const back = new Set(), state = new Map();
  const visit = (start) => {
    const stack = [[start, 0]];
    state.set(start, "open");
    while (stack.length) {
      const top = stack.at(-1), edge = outs.get(top[0])[top[1]++];
      if (!edge) {
        state.set(top[0], "closed");
        stack.pop();
      } else if (state.get(edge.to) === "open") back.add(edge);
      else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        stack.push([edge.to, 0]);
      }
    }
  };
  for (const one of vertices) if (!entered.has(one)) visit(one);
  for (const one of vertices) if (!state.has(one)) visit(one);
  return back;
};

function components(vertices) {
  const seen = new Set(), parts = [];
  for (const [place, one] of vertices.entries()) one.place = place;
  for (const start of vertices) {
    if (seen.has(start)) continue;
    const part = [start];
    seen.add(start);
    for (const one of part) {
      for (const link of [...one.ins, ...one.outs]) {
        const other = link.from === one ? link.to : link.from;
        if (!seen.has(other)) {
          seen.add(other);
          part.push(other);
        }
      }
    }
    parts.push({ vertices: part.sort((a, b) => a.place - b.place) });
  }
  return parts;
}

function topological(vertices) {
  for (const one of vertices) one.waiting = one.ins.length;
  const order = vertices.filter((one) => !one.ins.length);
  for (const one of order) for (const { to } of one.outs) if (!--to.waiting) order.push(to);
  return order;
}

const highest = (links, end, value) => links.reduce((most, link) => Math.max(most, link[end][value] + 1), 0);
const lowestRank = (links, end) => links.reduce((least, link) => Math.min(least, link[end].rank), Infinity);

/** Longest paths, then pulled tight: what leads to the end of the longest path stands right above what uses it, and the
 * rest right below what it uses. Ports take no part; they get the ranks before and after all others. */
function rank(vertices) {
  const order = topological(vertices);
  markHeavy(order);
  const inner = order.filter((one) => !one.pin), isInner = (end) => (link) => !link[end].pin;
  for (const one of inner) {
    one.rankIns = one.ins.filter(isInner("from"));
    one.rankOuts = one.outs.filter(isInner("to"));
  }
  for (const one of inner) one.above = highest(one.rankIns, "from", "above");
  pullTight(inner);
  const first = inner.reduce((least, one) => Math.min(least, one.rank), Infinity);
  for (const one of inner) one.rank += 1 - first;
  const last = inner.reduce((most, one) => Math.max(most, one.rank), 0);
  for (const one of vertices) if (one.pin) one.rank = one.pin === "top" ? 0 : last + 1;
  return last;
}

function pullTight(order) {
  const end = order.filter((one) => !one.rankOuts.length).reduce((best, one) => (one.above > (best?.above ?? -1) ? one : best), null);
  for (const one of order) one.toEnd = one === end ? 0 : -1;
  for (const one of order.toReversed()) {
    for (const { to } of one.rankOuts) if (to.toEnd >= 0) one.toEnd = Math.max(one.toEnd, to.toEnd + 1);
  }
  for (const one of order) {
    one.rank = one.toEnd >= 0 ? end.above - one.toEnd : highest(one.rankIns, "from", "rank");
    one.hangs = one.toEnd >= 0 || one.rankIns.some(({ from }) => from.hangs);
  }
  for (const one of order.toReversed()) if (!one.hangs && one.rankOuts.length) one.rank = lowestRank(one.rankOuts, "to") - 1;
  for (const one of order.toReversed()) if (one.rankOuts.length > one.rankIns.length) one.rank = lowestRank(one.rankOuts, "to") - 1;
}

/** An edge is heavy where it is the one long way through both its ends: the trunk of the drawing, to be kept straight.
 * What comes in from outside a frame, or goes out, is longer than anything in it. */
function markHeavy(order) {
  for (const one of order) one.history = one.pin ? OUTSIDE : highest(one.ins, "from", "history");
  for (const one of order.toReversed()) one.future = one.pin ? OUTSIDE : highest(one.outs, "to", "future");
  const only = (links, end, value) => {
    const most = highest(links, end, value), best = links.filter((link) => link[end][value] + 1 === most);
    return best.length === 1 ? best[0] : null;
  };
  for (const one of order) {
    const link = only(one.ins, "from", "history");
    if (link && only(link.from.outs, "to", "future") === link) link.heavy = true;
  }
}

/** Segments between neighbouring ranks. The long edges of one node share their dummies: one trunk that branches. */
function addSegments(vertices) {
  const all = [...vertices];
  const join = (from, to, tail, head, strong) => {
    const segment = { from, to, tail, head, strong: Boolean(strong), straight: false, conflict: false };
    from.down.push(segment);
    to.up.push(segment);
  };
  for (const one of vertices) {
    const trunks = new Map();
    for (const link of one.outs) {
      const trunk = trunks.get(link.tail) ?? trunks.set(link.tail, []).get(link.tail);
      link.chain = trunk.slice(0, link.to.rank - one.rank - 1);
      let before = link.chain.at(-1) ?? one;
      while (before.rank + 1 < link.to.rank) {
        const dummy = { width: 0, height: 0, dummy: true, rank: before.rank + 1, ins: [], outs: [], up: [], down: [], x: 0 };
        join(before, dummy, before === one ? link.tail ?? 0 : 0, 0, before.dummy || link.heavy);
        link.chain.push(dummy);
        trunk.push(dummy);
        all.push(dummy);
        before = dummy;
      }
      join(before, link.to, before === one ? link.tail ?? 0 : 0, link.head ?? 0, link.heavy);
    }
  }
  return all;
}

function layoutPart(part, gaps) {
  const last = rank(part.vertices);
  const all = addSegments(part.vertices);
  const layers = PP.orderLayers(all, last + 2);
  PP.placeColumns(layers, gaps);
  const left = Math.min(...all.map((one) => one.x - one.width / 2)), right = Math.max(...all.map((one) => one.x + one.width / 2));
  for (const one of all) one.x -= left;
  part.width = right - left;
  part.height = placeRows(layers, part, gaps);
  for (const one of part.vertices) spread(one);
  for (const one of part.vertices) for (const link of one.outs) link.points = route(link, part);
}

/** y of each node: ranks as high as their highest node; what only begins or only ends stands close to what it belongs to. */
function placeRows(layers, part, gaps) {
  part.tops = [];
  part.bottoms = [];
  let y = 0;
  layers.forEach((layer, place) => {
    const height = layer.reduce((most, one) => Math.max(most, one.height), 0);
    const isPort = layer.every((one) => one.pin), before = layers[place - 1];
    if (place && layer.length && before.length) y += isPort || before.every((one) => one.pin) ? gaps.portGap : gaps.rankGap;
    part.tops.push(y);
    part.bottoms.push(y + height);
    for (const one of layer) {
      const room = (height - one.height) / 2;
      one.y = y + height / 2 + (!one.ins.length ? room : !one.outs.length ? -room : 0);
    }
    y += height;
  });
  return y;
}

/** Edges between the same two nodes run side by side. */
function spread(one) {
  for (const link of one.outs) {
    const same = one.outs.filter((other) => other.to === link.to && other.tail === link.tail && other.head === link.head);
    link.aside = (same.indexOf(link) - (same.length - 1) / 2) * PARALLEL_GAP;
  }
}

/** An edge leaves its node a little towards where it goes, so that edges do not all meet in one point. */
function attach(one, given, toward, aside = 0) {
  if (given !== undefined) return one.x + given;
  const room = Math.max(0, one.width / 2 - CORNER);
  return one.x + Math.max(-room, Math.min(room, (toward - one.x) * LEAN + aside));
}

function route(link, { tops, bottoms }) {
  const { from, to, chain } = link;
  const leaves = from.x + (link.tail ?? 0), enters = to.x + (link.head ?? 0);
  const start = attach(from, link.tail, chain[0]?.x ?? enters, link.aside), end = attach(to, link.head, chain.at(-1)?.x ?? leaves, link.aside);
  const points = [[start, from.y + from.height / 2], [start, bottoms[from.rank]]];
  for (const { x, rank } of chain) points.push([x, tops[rank]], [x, bottoms[rank]]);
  points.push([end, tops[to.rank]], [end, to.y - to.height / 2]);
  const kept = points.filter(([x, y], place) => {
    const before = points[place - 1], after = points[place + 1];
    if (!before || !after) return true;
    return !(before[0] === x && after[0] === x) && !(before[0] === x && before[1] === y) && !(place === points.length - 2 && after[1] === y);
  });
  return link.turned ? kept.reverse() : kept;
}

/** Parts that are not connected side by side, in as many rows as make a good picture. */
function arrange(parts, { partGap, wrap }) {
  const area = parts.reduce((sum, part) => sum + (part.width + partGap) * (part.height + partGap), 0);
  const widest = parts.reduce((most, part) => Math.max(most, part.width), 0);
  const limit = wrap ? Math.max(widest, 1.6 * Math.sqrt(area), parts.slice(0, 3).reduce((sum, part) => sum + part.width + partGap, 0)) : Infinity;
  let x = 0, y = 0, row = 0, width = 0;
  for (const part of parts) {
    if (x && x + part.width > limit) {
      [x, y, row] = [0, y + row + partGap, 0];
    }
    for (const one of part.vertices) {
      one.x += x;
      one.y += y;
      for (const link of one.outs) link.points = link.points.map(([px, py]) => [px + x, py + y]);
    }
    width = Math.max(width, x + part.width);
    row = Math.max(row, part.height);
    x += part.width + partGap;
  }
  return { width, height: y + row };
}
}
