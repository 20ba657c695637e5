// What has happened in a graph, shown on its boxes and edges: done, current, changed, selected, values, heat. No layout.
"use strict";

{
const NONE = {
  current: null, selected: null, done: new Set(), changed: new Set(), ahead: new Set(), freed: new Set(), values: new Map(), heat: new Map(),
};

/** Marks for a drawing: apply(picture) writes what differs from what stands there.
 *
 * picture: {boxes, edges, parts: Map box → its parts, owner: Map id → box}; edges know their `element` and `pairs`. */
PP.graphMarks = (t) => {
  let marks = NONE, hits = new Set(), found = null;

  /** A closed group tells of its members: how many are done, whether one is current, changed or selected. */
  function stateOf({ node, group, members }, owned) {
    const done = group ? members.reduce((count, { id }) => count + marks.done.has(id), 0) : Number(marks.done.has(node.id));
    const any = (set) => set.size > 0 && members.some(({ id }) => set.has(id));
    const all = (set) => set.size > 0 && members.every(({ id }) => set.has(id));
    let heat = null;
    if (marks.heat.size) for (const { id } of members) heat = Math.max(heat ?? -1, marks.heat.get(id) ?? -1);
    return {
      share: done / members.length,
      current: owned.current, selected: owned.selected, found: owned.found, changed: any(marks.changed), hit: any(hits),
      ahead: all(marks.ahead), freed: all(marks.freed),
      heat: heat !== null && heat >= 0 ? heat : null,
      value: group ? (done ? t("done_of", { done, count: members.length }) : "") : String(marks.values.get(node.id) ?? ""),
    };
  }

  function show(box, parts, state) {
    const { node } = parts, { share, heat, value } = state;
    const classes = ["pp-graph-node", `pp-kind-${box.words.kind}`];
    if (share === 1) classes.push("pp-is-done");
    for (const name of ["current", "selected", "changed", "ahead", "freed", "hit", "found"]) if (state[name]) classes.push(`pp-is-${name}`);
    if (heat !== null) classes.push("pp-is-hot");
    const text = classes.join(" ");
    if (parts.shown !== text) {
      parts.shown = text;
      node.setAttribute("class", text);
      node.setAttribute("aria-pressed", String(Boolean(state.selected)));
      if (state.current) node.setAttribute("aria-current", "step");
      else node.removeAttribute("aria-current");
    }
    if (parts.heat !== heat) {
      parts.heat = heat;
      node.style.setProperty("--pp-heat", heat ?? 0);
    }
    if (parts.bar && parts.share !== share) {
      parts.share = share;
      parts.bar.setAttribute("width", (parts.width - 2 * parts.side) * share);
    }
    if (parts.said !== value) {
      parts.said = value;
      PP.graphDraw.setValue(parts, value);
      node.setAttribute("aria-label", PP.graphMarks.label(box, value, t));
    }
  }

  function apply({ boxes, edges, parts, owner }) {
    const [current, selected, at] = [marks.current, marks.selected, found].map((id) => (id === null ? null : owner.get(id)));
    for (const box of boxes) show(box, parts.get(box), stateOf(box, { current: box === current, selected: box === selected, found: box === at }));
    for (const edge of edges) {
      const done = edge.kind !== "cut" && edge.pairs.every(([from, to]) => marks.done.has(from) && marks.done.has(to));
      if (edge.done === done) continue;
      edge.done = done;
      edge.element.classList.toggle("pp-is-done", done);
    }
  }

  return {
    apply,
    get marks() { return marks; },
    set: (given) => { marks = { ...NONE, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null)) }; },
    search: (ids, id = null) => { [hits, found] = [ids ?? hits, id]; },
    isDone: ({ members }) => members.every(({ id }) => marks.done.has(id)),
  };
};

PP.graphMarks.label = ({ words, group, node, members }, value, t) => {
  if (group) return [t("open_group", { path: group.path, count: members.length }), value].filter(Boolean).join(", ");
  return [words.title, words.badge, words.subtitle, node.group, value].filter(Boolean).join(", ");
};
}
