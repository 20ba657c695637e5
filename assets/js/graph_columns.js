// The column of each node, after Brandes and Köpf (2001): four drawings, each of straight blocks pushed to one corner, and
// the middle of the four. Blocks are placed by longest paths, and an edge may end beside a node's middle.
"use strict";

{
/** x of every vertex of the ordered layers: trunks and long edges straight, parents in the middle of their children. */
PP.placeColumns = (layers, gaps) => {
  for (const layer of layers) sortSegments(layer);
  for (const layer of layers) markStraight(layer);
  const all = layers.flat();
  for (const one of all) one.places = [];
  const drawings = [];
  for (const side of ["up", "down"]) {
    for (const sign of [1, -1]) {
      const rows = turn(layers, side, sign);
      align(rows, side, sign);
      compact(rows, all, sign, gaps);
      drawings.push({ sign, ...extent(all) });
    }
  }
  const narrow = drawings.reduce((best, one) => (one.right - one.left < best.right - best.left ? one : best));
  const shifts = drawings.map((one) => (one.sign > 0 ? narrow.left - one.left : narrow.right - one.right));
  for (const one of all) {
    const places = one.places.map((x, drawing) => x + shifts[drawing]).sort((a, b) => a - b);
    one.x = (places[1] + places[2]) / 2;
  }
};

/** The layers in the order in which a drawing takes them: from above or below, from the left or from the right. */
const turn = (layers, side, sign) => {
  const rows = side === "up" ? layers : layers.toReversed();
  return sign > 0 ? rows : rows.map((layer) => layer.toReversed());
};

function sortSegments(layer) {
  for (const one of layer) {
    if (one.up.length > 1) one.up.sort((a, b) => a.from.order - b.from.order || a.tail - b.tail);
    if (one.down.length > 1) one.down.sort((a, b) => a.to.order - b.to.order || a.head - b.head);
  }
}

/** Which strong segments below a layer become straight (of two that cross, the left one), and which others they forbid. */
function markStraight(layer) {
  const segments = layer.flatMap((one) => one.down), straight = [];
  for (const segment of segments) {
    const last = straight.at(-1);
    segment.straight = segment.strong && (!last || (segment.from !== last.from && segment.to.order > last.to.order));
    if (segment.straight) straight.push(segment);
  }
  for (const segment of segments) {
    if (segment.straight) continue;
    segment.conflict = straight.some(({ from, to }) => from === segment.from || to === segment.to
      || (from.order - segment.from.order) * (to.order - segment.to.order) < 0);
  }
}

/** Blocks of vertices in one column: each gets `root`, and `offset`, how far its middle lies from that of its root. */
function align(rows, side, sign) {
  const [other, near, beyond] = side === "up" ? ["from", "head", "tail"] : ["to", "tail", "head"];
  for (const layer of rows) {
    let taken = -Infinity;
    for (const one of layer) {
      [one.root, one.offset] = [one, 0];
      for (const segment of candidates(one[side], sign)) {
        const neighbour = segment[other], place = sign * neighbour.order;
        if (segment.conflict || place <= taken) continue;
        one.root = neighbour.root;
        one.offset = neighbour.offset + segment[beyond] - segment[near];
        taken = place;
        break;
      }
    }
  }
}

/** The segment to be kept straight, or those to the middle neighbours. */
function candidates(segments, sign) {
  if (segments.length < 2) return segments;
  const straight = segments.find((segment) => segment.straight);
  if (straight) return [straight];
  const middle = (segments.length - 1) / 2, pair = [segments[Math.floor(middle)], segments[Math.ceil(middle)]];
  return sign > 0 ? pair : pair.reverse();
}

/** The blocks as far to one side as their neighbours let them, then back to close the gaps. */
function compact(rows, all, sign, gaps) {
  for (const one of all) if (one.root === one) Object.assign(one, { after: [], waiting: 0, place: 0 });
  for (const layer of rows) {
    for (let place = 0; place + 1 < layer.length; place++) {
      const one = layer[place], next = layer[place + 1];
      const narrow = one.dummy || next.dummy || (one.pin && next.pin);
      const gap = (one.width + next.width) / 2 + (narrow ? gaps.edgeGap : gaps.nodeGap) + sign * (one.offset - next.offset);
      one.root.after.push({ root: next.root, gap });
      next.root.waiting++;
    }
  }
  const order = all.filter((one) => one.root === one && !one.waiting);
  for (const root of order) root.place = 0;
  const reached = new Set(order);
  for (const root of order) {
    for (const { root: next, gap } of root.after) {
      next.place = reached.has(next) ? Math.max(next.place, root.place + gap) : root.place + gap;
      reached.add(next);
      if (!--next.waiting) order.push(next);
    }
  }
  for (const root of order.toReversed()) {
    const room = root.after.reduce((least, { root: next, gap }) => Math.min(least, next.place - gap), Infinity);
    if (room < Infinity) root.place = Math.max(root.place, room);
  }
  for (const one of all) one.places.push(sign * one.root.place + one.offset);
}

/** How far the newest drawing reaches. */
function extent(all) {
  let left = Infinity, right = -Infinity;
  for (const one of all) {
    left = Math.min(left, one.places.at(-1) - one.width / 2);
    right = Math.max(right, one.places.at(-1) + one.width / 2);
  }
  return { left, right };
}
}
