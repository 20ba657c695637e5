// Which boxes stand for the nodes of a graph: groups by module path, closed or open, and what is seen of them.
"use strict";

window.PP = window.PP || {};
PP.groups = {};

{
const RUN_LIMIT = 60;

const makeGroup = (path, parts, parent) => ({ path, parts, parent, groups: new Map(), nodes: [], members: [], first: Infinity });

/** The tree of modules of a graph; `lineTitle(line)` names the groups of many nodes made by one line of a program.
 *
 * A group: {path, title, parent, items: groups and nodes in the order of the nodes, members: all its nodes}. A module
 * with one node is that node; one with a single module and nothing else is that module, under both names. A module whose
 * nodes have nothing to do with one another, a ReLU that is called in several places, is no group: it would tie a knot. */
PP.groups.tree = ({ nodes, edges }, lineTitle) => {
  const root = makeGroup("", [], null), all = new Map([["", root]]);
  nodes.forEach((node, place) => {
    const parts = String(node.group ?? "").split(".").filter(Boolean);
    let group = root;
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = parts.slice(0, depth).join(".");
      if (!group.groups.has(path)) group.groups.set(path, makeGroup(path, parts.slice(0, depth), group));
      group = group.groups.get(path);
      group.first = Math.min(group.first, place);
    }
    group.nodes.push({ node, place });
  });
  const paths = new Map(nodes.map(({ id, group }) => [id, group]));
  const joined = new Set(edges.filter(({ from, to }) => paths.get(from) === paths.get(to)).map(({ from }) => paths.get(from)));
  const simple = simplify(root, joined);
  finish(simple, lineTitle, all);
  return { root: simple, all };
};

/** A group without its needless levels, from the innermost out. */
function simplify(group, joined) {
  const inner = [...group.groups.values()].map((one) => simplify(one, joined));
  group.groups = new Map();
  for (const one of inner) {
    if (!one.groups.size && (one.nodes.length === 1 || !joined.has(one.path))) group.nodes.push(...one.nodes);
    else group.groups.set(one.path, one);
  }
  group.nodes.sort((a, b) => a.place - b.place);
  return group.groups.size === 1 && !group.nodes.length && group.parent ? [...group.groups.values()][0] : group;
}

function finish(group, lineTitle, all) {
  const children = [...group.groups.values()];
  const nodes = group.nodes.length > RUN_LIMIT ? runs(group, lineTitle, all) : group.nodes.map(({ node, place }) => ({ first: place, node }));
  for (const child of children) {
    child.parent = group;
    child.title = shortName(child);
    all.set(child.path, child);
    finish(child, lineTitle, all);
  }
  group.items = [...children.map((child) => ({ first: child.first, group: child })), ...nodes].sort((a, b) => a.first - b.first);
  group.members = group.items.flatMap((item) => (item.node ? [item.node] : item.group.members));
}

/** The last part of a path, with the one before where it is a number: layer1.0. */
function shortName({ parts, parent }) {
  const own = parts.slice(parent.parts.length);
  return (own.length === 1 && /^\d+$/.test(own[0]) ? parts.slice(-2) : own).join(".");
}

/** Consecutive nodes of one line of the program as a group. */
function runs(group, lineTitle, all) {
  const found = [];
  for (const { node, place } of group.nodes) {
    const last = found.at(-1), line = node.line ?? null;
    if (last && line !== null && last.line === line) last.nodes.push({ node, place });
    else found.push({ line, nodes: [{ node, place }] });
  }
  return found.map(({ line, nodes }) => {
    const { node, place: first } = nodes[0];
    if (nodes.length === 1) return { first, node };
    const name = uniqueName(lineTitle(line), group, all), run = makeGroup(name.path, [...group.parts, name.title], group);
    Object.assign(run, { title: name.title, members: nodes.map((one) => one.node), items: nodes.map((one) => ({ first: one.place, node: one.node })) });
    all.set(run.path, run);
    return { first, group: run };
  });
}

function uniqueName(title, group, all) {
  const path = (number) => `${group.path ? `${group.path}.` : ""}${title}${number > 1 ? ` (${number})` : ""}`;
  let number = 1;
  while (all.has(path(number))) number++;
  return { title, path: path(number) };
}

/** The group of a path, or the one that took its place because it holds a single module. */
PP.groups.find = ({ all }, path) => all.get(path) ?? [...all.values()].find((group) => group.path.startsWith(`${path}.`)) ?? null;

/** The paths of a group and all around it. */
PP.groups.above = (group) => {
  const paths = [];
  for (let one = group; one?.parent; one = one.parent) paths.push(one.path);
  return paths;
};

/** What is open at first: everything in a small graph; else as much as is needed to see more than one box. */
PP.groups.opening = ({ root, all }, limit) => {
  if (root.members.length <= limit) return new Set([...all.keys()].filter(Boolean));
  const open = new Set();
  let shown = root.items;
  for (;;) {
    const large = shown.filter((item) => item.group && item.group.members.length > 0.8 * root.members.length);
    if (large.length !== 1 || shown.length + large[0].group.items.length > limit) return open;
    open.add(large[0].group.path);
    shown = [...shown.filter((item) => item !== large[0]), ...large[0].group.items];
  }
};

/** What is seen: {items, boxes, edges}.
 *
 * items: a tree of boxes, {key, node} a node, {key, group} a closed group, {key, group, items} an open one, each with
 * `frame`, the open group around it. boxes: those without items, in order. edges: {from, to, label, kind, count, pairs:
 * the [from, to] of the edges that it stands for}; edges of one closed group to one box are one edge. */
PP.groups.visible = ({ root }, open, edges) => {
  const owner = new Map(), boxes = [], frames = [];
  const show = (items, frame) => items.map(({ node, group }) => {
    const box = node ? { key: `n:${node.id}`, node, frame, members: [node] } : { key: `g:${group.path}`, group, frame, members: group.members };
    if (group && open.has(group.path)) {
      frames.push(box);
      box.items = show(group.items, box);
      return box;
    }
    boxes.push(box);
    for (const member of box.members) owner.set(member.id, box);
    return box;
  });
  return { items: show(root.items, null), boxes, frames, owner, edges: joinEdges(edges, owner) };
};

function joinEdges(edges, owner) {
  const joined = new Map(), shown = [];
  for (const { from, to, label = "", kind = "" } of edges) {
    const [start, end] = [owner.get(from), owner.get(to)];
    if (!start || !end || start === end) continue;
    const key = `${start.key}\n${end.key}`, before = start.group || end.group ? joined.get(key) : null;
    if (!before) {
      const edge = { from: start, to: end, label, kind, pairs: [[from, to]] };
      joined.set(key, edge);
      shown.push(edge);
      continue;
    }
    before.pairs.push([from, to]);
    if (before.label !== label) before.label = "";
    if (before.kind !== kind) before.kind = "";
  }
  return shown;
}
}
