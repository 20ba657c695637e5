// A layout with frames: each open group is laid out on its own, and stands as one wide box in the layout around it. Edges
// pass through a frame's upper and lower border at ports, so that nothing inside is ever crossed by what is outside.
"use strict";

{
const PORT_WIDTH = 2;

/** Places for boxes {key, width, height, frame} and frames {key, items, width (at least), frame} of `items`, points for
 * `edges` {from, to}; written to them as x, y (middle), width, height, points. `pad`: {top, side, bottom} inside a frame.
 * Returns {width, height}. */
PP.layoutFrames = ({ items, edges }, pad, options = {}) => {
  const inside = new Map();
  const level = (frame) => inside.get(frame) ?? inside.set(frame, []).get(frame);
  const shared = edges.map((edge) => ({ edge, ...branch(edge) }));
  turnBack(shared);
  for (const part of shared) cut(part, level);
  const place = (frame, members) => {
    for (const one of members) if (one.items) place(one, one.items);
    return placeLevel(frame, members, level(frame), pad, options);
  };
  const size = place(null, items);
  settle(items, [0, 0], level, null);
  for (const part of shared) part.edge.points = joinPoints(part);
  return size;
};

/** The frame that holds both ends of an edge, and the two boxes or frames in it. */
function branch({ from, to }) {
  const around = (box) => {
    const chain = [];
    for (let one = box; one; one = one.frame) chain.push(one);
    return chain;
  };
  const [left, right] = [around(from), around(to)];
  while (left.length && right.length && left.at(-1) === right.at(-1)) {
    left.pop();
    right.pop();
  }
  return { from, to, start: left.at(-1), end: right.at(-1), turned: false };
}

/** Edges that close a cycle between the boxes of one frame are laid out the other way round, through all frames. */
function turnBack(parts) {
  const byFrame = new Map();
  for (const part of parts) (byFrame.get(part.start.frame) ?? byFrame.set(part.start.frame, []).get(part.start.frame)).push(part);
  for (const [, list] of byFrame) {
    const edges = list.map((part) => ({ from: part.start, to: part.end, part }));
    const boxes = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
    for (const { part } of PP.backEdges(boxes, edges)) {
      Object.assign(part, { from: part.to, to: part.from, start: part.end, end: part.start, turned: true });
    }
  }
}

/** One edge as pieces, one in each frame: out through the lower borders, across, in through the upper ones. What comes
 * from one box leaves and enters a frame in one place, and pieces on the same way are one. */
function cut(part, level) {
  const piece = (frame, from, to, pin) => {
    const here = level(frame), last = to === part.to;
    const same = last ? null : here.find((one) => one.source === part.from && one.from === from && one.to === to && one.pin === pin);
    if (same) return same;
    const made = { source: part.from, frame, from, to, pin };
    here.push(made);
    return made;
  };
  const out = [], into = [];
  for (let one = part.from; one !== part.start; one = one.frame) out.push(piece(one.frame, one, null, "bottom"));
  for (let one = part.to; one !== part.end; one = one.frame) into.push(piece(one.frame, null, one, "top"));
  part.pieces = [...out, piece(part.start.frame, part.start, part.end, null), ...into.reverse()];
}

function placeLevel(frame, members, pieces, pad, options) {
  const nodes = members.map(({ key, width, height }) => ({ id: key, width, height })), ports = new Map();
  const port = ({ pin, source }) => {
    const id = `p:${pin}:${source.key}`;
    if (!ports.has(id)) nodes.push({ id, width: PORT_WIDTH, height: 0, pin });
    ports.set(id, { id, pin, source });
    return id;
  };
  const links = pieces.map((piece) => {
    const tail = piece.from?.ports?.bottom.get(piece.source), head = piece.to?.ports?.top.get(piece.source);
    return [piece.from?.key ?? port(piece), piece.to?.key ?? port(piece), { tail, head }];
  });
  const layout = PP.layoutGraph({ nodes, edges: links }, { ...options, wrap: !frame });
  for (const one of members) Object.assign(one, { x: layout.nodes.get(one.key).x, y: layout.nodes.get(one.key).y });
  pieces.forEach((piece, place) => { piece.points = layout.edges[place].points; });
  if (!frame) return { width: layout.width, height: layout.height };
  return closeFrame(frame, ports, layout, pad);
}

/** A frame around its layout; where its edges enter and leave, from its middle. */
function closeFrame(frame, ports, layout, pad) {
  const width = Math.max(frame.width, layout.width + 2 * pad.side), height = layout.height + pad.top + pad.bottom;
  frame.inset = [(width - layout.width) / 2, pad.top];
  frame.ports = { top: new Map(), bottom: new Map() };
  for (const { id, pin, source } of ports.values()) frame.ports[pin].set(source, layout.nodes.get(id).x + frame.inset[0] - width / 2);
  return Object.assign(frame, { width, height });
}

/** From places in a frame to places in the whole. */
function settle(items, [left, top], level, frame) {
  for (const one of items) {
    one.x += left;
    one.y += top;
    if (one.items) settle(one.items, [one.x - one.width / 2 + one.inset[0], one.y - one.height / 2 + one.inset[1]], level, one);
  }
  for (const piece of level(frame)) {
    piece.points = piece.points.map(([x, y]) => [x + left, y + top]);
    if (!piece.pin) continue;
    const end = piece.pin === "top" ? 0 : piece.points.length - 1, border = frame.y + (piece.pin === "top" ? -1 : 1) * frame.height / 2;
    piece.points.splice(end ? end + 1 : 0, 0, [piece.points[end][0], border]);
  }
}

/** The pieces of an edge as one line. */
function joinPoints({ pieces, turned }) {
  const points = [];
  for (const [x, y] of pieces.flatMap((piece) => piece.points)) {
    const last = points.at(-1), before = points.at(-2);
    if (last && Math.abs(last[0] - x) < 0.01 && Math.abs(last[1] - y) < 0.01) continue;
    if (before && Math.abs(before[0] - x) < 0.01 && Math.abs(last[0] - x) < 0.01) points.pop();
    points.push([x, y]);
  }
  return turned ? points.reverse() : points;
}
}
