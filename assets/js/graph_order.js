// The order of the nodes on each rank, so that few edges cross.
"use strict";

{
const ROUNDS = 8, PATIENCE = 3, SWAP_ROUNDS = 4, SWAP_LIMIT = 1500;

/** Layers of vertices by rank, ordered; vertices know their segments (`up`, `down`), and get `order`, their place. */
PP.orderLayers = (vertices, count) => {
  const layers = firstOrder(vertices, count);
  let best = crossings(layers), kept = layers.map((layer) => [...layer]), waited = 0;
  for (let round = 0; best && round < ROUNDS && waited < PATIENCE; round++) {
    sweep(layers, "up");
    sweep(layers.toReversed(), "down");
    if (vertices.length < SWAP_LIMIT) swap(layers);
    const now = crossings(layers);
    waited = now < best ? 0 : waited + 1;
    if (now < best) [best, kept] = [now, layers.map((layer) => [...layer])];
  }
  kept.forEach(number);
  return kept;
};

const number = (layer) => layer.forEach((one, place) => { one.order = place; });

/** As a walk from the ends upwards meets them, the trunk first: a tree comes out without a crossing. */
function firstOrder(vertices, count) {
  const layers = Array.from({ length: count }, () => []), seen = new Set();
  const visit = (start) => {
    const stack = [start];
    while (stack.length) {
      const one = stack.pop();
      if (seen.has(one)) continue;
      seen.add(one);
      layers[one.rank].push(one);
      const trunk = [], others = [];
      for (const { from, strong } of one.up) if (strong) trunk.push(from); else others.push(from);
      stack.push(...others.reverse(), ...trunk);
    }
  };
  for (const one of vertices) if (!one.down.length) visit(one);
  layers.forEach(number);
  return layers;
}

// Where on its rank a segment ends; the two ends of a wide frame count as different places.
const lower = (segment) => segment.to.order + segment.head / (segment.to.width + 1);
const upper = (segment) => segment.from.order + segment.tail / (segment.from.width + 1);
const far = { up: upper, down: lower };

/** Each layer sorted by the mean place of its neighbours on the one before; who has none keeps his place. */
function sweep(layers, side) {
  for (const layer of layers) {
    const free = layer.filter((one) => one[side].length);
    for (const one of free) one.mean = one[side].reduce((sum, segment) => sum + far[side](segment), 0) / one[side].length;
    free.sort((a, b) => a.mean - b.mean || a.order - b.order);
    let next = 0;
    layer.forEach((one, place) => { if (one[side].length) layer[place] = free[next++]; });
    number(layer);
  }
}

/** Neighbours change places where that leaves fewer crossings. */
function swap(layers) {
  for (let round = 0, better = true; better && round < SWAP_ROUNDS; round++) {
    better = false;
    for (const layer of layers) {
      for (let place = 0; place + 1 < layer.length; place++) {
        const [left, right] = [layer[place], layer[place + 1]];
        if (between(left, right) <= between(right, left)) continue;
        [layer[place], layer[place + 1]] = [right, left];
        [left.order, right.order] = [place + 1, place];
        better = true;
      }
    }
  }
}

/** Crossings of the edges of two neighbours, the first one left of the second. */
function between(left, right) {
  let count = 0;
  for (const side of ["up", "down"]) {
    for (const one of left[side]) for (const other of right[side]) if (far[side](one) > far[side](other)) count++;
  }
  return count;
}

/** Barth, Mutzel and Jünger (2004): inversions, counted in a tree of sums. */
function crossings(layers) {
  let count = 0;
  for (const layer of layers) {
    const segments = layer.flatMap((one) => one.down).map((segment) => [upper(segment), lower(segment)]);
    if (segments.length < 2) continue;
    segments.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    if (segments.every(([, end], place) => !place || end >= segments[place - 1][1])) continue;
    const ends = [...new Set(segments.map(([, end]) => end))].sort((a, b) => a - b);
    const places = new Map(ends.map((end, place) => [end, place + 1])), tree = new Int32Array(ends.length + 1);
    segments.forEach(([, end], seen) => {
      const place = places.get(end);
      let before = 0;
      for (let at = place; at; at -= at & -at) before += tree[at];
      count += seen - before;
      for (let at = place; at < tree.length; at += at & -at) tree[at]++;
    });
  }
  return count;
}
}
