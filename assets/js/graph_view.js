// A graph that can be looked at: boxes that open by module, a camera, keys, search, a map, marks, export.
"use strict";

{
const COLLAPSE_ABOVE = 60, MAP_ABOVE = 150, MOVE_MS = 200, HINT_MS = 1600;
const PAD = { top: 28, side: 14, bottom: 16 };
const FAR = 0.42, MIDDLE = 0.55, NEAR = 0.7;
const NO_GRAPH = { nodes: [], edges: [] };

/** A view in `host`; `words` as in the catalogue's part "graph". onSelect(id) = a node was chosen, onOpen(path, open) = the
 * visitor opened or closed a group.
 *
 * show({nodes, edges}): nodes [{id, title, subtitle, kind: op, leaf, custom, cut, second or root, group: path of its module
 * with dots, badge, line, state: "", freed or error}], edges [{from, to, label, kind: "" or cut}], in the direction of the
 * forward pass. mark({current, selected: id, done, changed, ahead (not there yet), freed: Set of ids, values: Map id → text, heat: Map id →
 * 0…1, fast: the next step comes before a camera that glides arrives}): what is left out is none. */
PP.graphView = (host, { words, onSelect = () => {}, onOpen = () => {} }) => {
  const t = PP.words(words), controller = new AbortController(), { signal } = controller;
  const { SIZE } = PP.graphDraw;
  let graph = NO_GRAPH, tree = PP.groups.tree(NO_GRAPH, String), open = new Set(), signature = "";
  let picture = emptyPicture(), hinting = 0;
  const marks = PP.graphMarks(t), page = PP.graphPage(host, t);
  const camera = PP.graphCamera({
    svg: page.svg, content: page.content, signal, size: () => picture.size, onMove: moved, onHint: hint,
  });
  const map = PP.graphTools.map({
    canvas: page.map, signal, size: () => picture.size, boxes: () => picture.boxes,
    color: (box) => PP.color(marks.isDone(box) ? "--pp-accent" : box.words.kind === "leaf" ? "--pp-second" : "--pp-strong"),
    camera: {
      seen: () => ({ ...camera.camera, ...stageSize() }),
      centre: (x, y) => {
        const { width, height } = stageSize(), { scale } = camera.camera;
        camera.keep();
        camera.set({ x: width / 2 - x * scale, y: height / 2 - y * scale });
      },
    },
  });
  const search = PP.graphTools.search({
    field: page.field, count: page.count, signal, t, nodes: () => graph.nodes, leave: () => page.svg.focus({ preventScroll: true }),
    mark: (ids) => { marks.search(ids); marks.apply(picture); },
    go: ({ id }) => {
      goTo(id);
      onSelect(id);
    },
  });

  function emptyPicture() {
    return { size: { width: 0, height: 0 }, boxes: [], frames: [], edges: [], parts: new Map(), owner: new Map() };
  }
  const stageSize = () => ({ width: page.stage.clientWidth, height: page.stage.clientHeight });

  // ---- the page around the drawing
  const actions = {
    in: () => camera.zoom(1.4, undefined, undefined, true), out: () => camera.zoom(1 / 1.4, undefined, undefined, true), fit: () => camera.fit(true),
    expand: () => expandAll(), collapse: () => collapseAll(),
    svg: () => PP.graphTools.download(new Blob([toSVG()], { type: "image/svg+xml" }), "graph.svg"),
    png: async () => PP.graphTools.download(await toPNG(), "graph.png"),
    dot: () => PP.graphTools.download(new Blob([toDOT()], { type: "text/vnd.graphviz" }), "graph.dot"),
  };
  page.element.addEventListener("click", (event) => actions[event.target.closest("[data-do]")?.dataset.do]?.(), { signal });

  function hint(wanted) {
    clearTimeout(hinting);
    page.note.textContent = t("hint_wheel", { key: /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl" });
    page.note.classList.toggle("pp-is-shown", wanted);
    if (wanted) hinting = setTimeout(() => page.note.classList.remove("pp-is-shown"), HINT_MS);
  }

  function moved({ scale }) {
    const detail = scale < FAR ? "far" : scale < MIDDLE ? "middle" : scale < NEAR ? "plain" : "near";
    if (page.svg.dataset.detail !== detail) page.svg.dataset.detail = detail;
    map.redraw();
  }

  // ---- layout and drawing
  /** Draw what is visible. `anchor`: {box, x, y} of before, whose successor `after(picture)` stays on that place of the screen. */
  function redraw(anchor = null) {
    const before = picture, measure = PP.graphDraw.ruler(page.element);
    const visible = PP.groups.visible(tree, open, graph.edges);
    for (const box of [...visible.boxes, ...visible.frames]) PP.graphDraw.measure(box, measure, t);
    const rankGap = visible.edges.some((edge) => edge.label) ? 34 : 26;
    const size = PP.layoutFrames(visible, PAD, { rankGap, portGap: 12 });
    visible.boxes.sort((a, b) => a.y - b.y || a.x - b.x); // the order in which they are read aloud
    picture = { ...emptyPicture(), ...visible, size, rankGap };
    draw(measure);
    marks.apply(picture);
    page.map.hidden = picture.boxes.length <= MAP_ABOVE;
    page.element.classList.toggle("pp-graph-has-groups", tree.all.size > 1);
    if (anchor) hold(anchor);
    animate(before, anchor);
    map.redraw();
  }

  function draw(measure) {
    const { frames, edges, labels, nodes, heads } = page.layers;
    for (const box of picture.boxes) {
      const parts = PP.graphDraw.box(box, measure);
      parts.node.setAttribute("transform", `translate(${box.x} ${box.y})`);
      parts.node.dataset[box.group ? "path" : "id"] = box.group ? box.group.path : box.node.id;
      if (box.node?.state) parts.node.dataset.state = box.node.state;
      picture.parts.set(box, parts);
      parts.node.box = box;
    }
    PP.graphDraw.trunks(picture.edges);
    for (const edge of picture.edges) edge.element = PP.graphDraw.edge(edge);
    const drawn = picture.frames.map((frame) => PP.graphDraw.frame(frame, measure, t));
    picture.frames.forEach((frame, place) => { drawn[place].head.box = frame; });
    frames.replaceChildren(...drawn.map(({ rect }) => rect));
    edges.replaceChildren(...picture.edges.map(({ element }) => element));
    labels.replaceChildren(...placeLabels(measure));
    nodes.replaceChildren(...[...picture.parts.values()].map(({ node }) => node));
    heads.replaceChildren(...drawn.map(({ head }) => head));
  }

  /** Labels that touch no box and no other label. */
  function placeLabels(measure) {
    const taken = picture.boxes.map(({ x, y, width, height }) => ({ x, y, width, height })), rows = new Map();
    const row = (y) => Math.floor(y / 64);
    const put = (one) => { for (let at = row(one.y - one.height / 2); at <= row(one.y + one.height / 2); at++) (rows.get(at) ?? rows.set(at, []).get(at)).push(one); };
    const free = (one) => [row(one.y - one.height / 2), row(one.y + one.height / 2)].every((at) => (rows.get(at) ?? []).every((other) =>
      Math.abs(other.x - one.x) >= (other.width + one.width) / 2 || Math.abs(other.y - one.y) >= (other.height + one.height) / 2));
    taken.forEach(put);
    const shown = [], said = new Set();
    for (const edge of picture.edges) {
      const once = `${edge.from.key}\n${edge.label}`; // all that a box gives on has one shape
      const place = edge.label && !said.has(once) ? PP.graphDraw.labelPlace(edge, measure, picture.rankGap) : null;
      if (!place || !free(place)) continue;
      put(place);
      said.add(once);
      shown.push(PP.graphDraw.label(place, String(edge.label)));
    }
    return shown;
  }

  /** The camera follows so that what was clicked does not move. */
  function hold({ key, x, y }) {
    const box = find(key);
    if (!box) return;
    const { scale } = camera.camera;
    camera.keep();
    camera.set({ x: x - box.x * scale, y: y - (box.y - box.height / 2) * scale });
  }
  const find = (key) => [...picture.boxes, ...picture.frames].find((box) => box.key === key);
  const screenPlace = (box) => ({
    key: box.key, x: camera.camera.x + box.x * camera.camera.scale, y: camera.camera.y + (box.y - box.height / 2) * camera.camera.scale,
  });

  /** What was there slides to its new place, and what is new appears. */
  function animate(before, anchor) {
    if (!anchor || picture.boxes.length > MAP_ABOVE || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const { x, y, scale } = camera.camera, was = new Map(before.boxes.map((box) => [box.key, box]));
    const timing = { duration: MOVE_MS, easing: "cubic-bezier(.2,.7,.2,1)" };
    for (const [box, { node }] of picture.parts) {
      const old = was.get(box.key);
      if (!old) node.animate({ opacity: [0, 1] }, timing);
      else {
        const from = [(anchor.camera.x - x) / scale + old.x, (anchor.camera.y - y) / scale + old.y];
        node.animate({ transform: [`translate(${from[0]}px, ${from[1]}px)`, `translate(${box.x}px, ${box.y}px)`] }, timing);
      }
    }
    for (const layer of ["edges", "labels", "frames", "heads"]) page.layers[layer].animate({ opacity: [0, 1] }, { ...timing, duration: 1.5 * MOVE_MS });
  }

  // ---- opening and closing
  function change(paths, wanted, key, tell) {
    const box = key ? find(key) : null, anchor = box ? { ...screenPlace(box), camera: { ...camera.camera } } : null;
    const hadFocus = page.svg.contains(document.activeElement);
    for (const path of paths) wanted ? open.add(path) : open.delete(path);
    redraw(anchor);
    if (hadFocus && key) focusBox(find(key));
    if (tell) onOpen(paths[0], wanted);
  }
  function openGroup(path, tell = false) {
    const group = PP.groups.find(tree, path);
    if (!group?.parent) return;
    const paths = PP.groups.above(group).filter((one) => !open.has(one));
    if (paths.length) change(paths, true, paths.length === 1 ? `g:${group.path}` : null, tell);
  }
  function closeGroup(path, tell = false) {
    const group = PP.groups.find(tree, path);
    if (!group || !open.has(group.path)) return;
    change([group.path], false, `g:${group.path}`, tell);
    if (find(`g:${group.path}`)) camera.reveal(find(`g:${group.path}`));
  }
  function openOnly(paths) {
    open = new Set(paths);
    redraw();
    begin();
  }
  const expandAll = () => openOnly([...tree.all.keys()].filter(Boolean));
  const collapseAll = () => openOnly([]);
  const begin = () => camera.begin(picture.boxes[0]?.x ?? 0);

  function goTo(id) {
    const node = graph.nodes.find((one) => one.id === id), group = node && [...tree.all.values()].filter((one) => one.parent && one.members.includes(node));
    const closed = (group ?? []).map(({ path }) => path).filter((path) => !open.has(path));
    if (closed.length) change(closed, true, null, false);
    marks.search(null, id);
    marks.apply(picture);
    camera.reveal(picture.owner.get(id), { middle: true });
  }

  // ---- choosing, keys
  function activate(target) {
    const box = target?.closest("[role=button]")?.box;
    if (!box) return;
    if (box.items) closeGroup(box.group.path, true);
    else if (box.group) openGroup(box.group.path, true);
    else onSelect(box.node.id);
  }
  page.svg.addEventListener("click", (event) => {
    const target = event.target.closest("[role=button]");
    if (target) focusBox(target.box);
    activate(target);
  }, { signal });

  function focusBox(box) {
    const target = box?.items ? picture.boxes.find((one) => within(one, box)) : box;
    const node = picture.parts.get(target)?.node;
    if (!node) return;
    for (const one of page.layers.nodes.querySelectorAll("[tabindex='0']")) one.setAttribute("tabindex", -1);
    node.setAttribute("tabindex", 0);
    node.focus({ preventScroll: true });
  }
  const within = (box, frame) => {
    for (let one = box.frame; one; one = one.frame) if (one === frame) return true;
    return false;
  };

  /** The box that an arrow leads to: down and up along an edge, left and right in the same row. */
  function neighbour(box, key) {
    const nearest = (boxes) => boxes.reduce((best, one) => (!best || Math.abs(one.x - box.x) < Math.abs(best.x - box.x) ? one : best), null);
    if (key === "ArrowDown") return nearest(picture.edges.filter((edge) => edge.from === box).map((edge) => edge.to));
    if (key === "ArrowUp") return nearest(picture.edges.filter((edge) => edge.to === box).map((edge) => edge.from));
    const sign = { ArrowLeft: -1, ArrowRight: 1 }[key];
    return nearest(picture.boxes.filter((one) => sign * (one.x - box.x) > 0 && Math.abs(one.y - box.y) < SIZE.height));
  }

  function boxKey(event, box) {
    if (event.key === "Enter" || event.key === " ") activate(event.target);
    else if (event.key === "Backspace" && box.frame) closeGroup(box.frame.group.path, true);
    else if (event.key === "Escape") page.svg.focus({ preventScroll: true });
    else if (event.key.startsWith("Arrow") && !event.shiftKey && !box.items) {
      const next = neighbour(box, event.key);
      if (next) {
        focusBox(next);
        camera.reveal(next);
      }
    } else return false;
    return true;
  }
  page.element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, button")) return;
    let used = true;
    if (event.key === "/") page.field.focus();
    else if (!(event.target.box && boxKey(event, event.target.box))) used = camera.key(event);
    if (used) event.preventDefault();
  }, { signal });
  // Tab enters the graph at the box that had the focus last, or at the first one.
  page.svg.addEventListener("focus", () => {
    if (!page.layers.nodes.querySelector("[tabindex='0']")) page.layers.nodes.firstElementChild?.setAttribute("tabindex", 0);
  }, { signal });

  // ---- what the caller does
  /** Show a graph. One with the same nodes, modules and edges keeps what is open and where the camera stands. */
  function show(given) {
    const next = JSON.stringify([given.nodes.map(({ id, group, line }) => [id, group, line]), given.edges.map(({ from, to }) => [from, to])]);
    const same = next === signature;
    graph = given;
    signature = next;
    tree = PP.groups.tree(graph, (line) => t("line", { line }));
    if (!same) {
      open = PP.groups.opening(tree, COLLAPSE_ABOVE);
      marks.set({});
    }
    redraw();
    if (!same) {
      page.field.value = "";
      begin();
    }
    search.refresh();
  }

  function mark({ fast = false, ...given }) {
    const before = marks.marks.current;
    marks.set(given);
    marks.apply(picture);
    map.redraw();
    const box = picture.owner.get(marks.marks.current);
    if (box && marks.marks.current !== before) camera.reveal(box, { smooth: !fast });
  }

  function toSVG() {
    const { detail } = page.svg.dataset;
    page.svg.dataset.detail = "near"; // a file shows what the screen leaves out from afar
    const text = PP.graphTools.toSVG(page.content, picture.size);
    page.svg.dataset.detail = detail;
    return text;
  }
  const toPNG = () => PP.graphTools.toPNG(toSVG());
  const toDOT = () => PP.graphTools.toDOT(graph, tree);

  const resized = new ResizeObserver(() => camera.resize(page.stage.clientWidth, page.stage.clientHeight));
  resized.observe(page.stage);
  camera.resize(page.stage.clientWidth, page.stage.clientHeight);
  const themed = new MutationObserver(() => map.redraw());
  themed.observe(document.body, { attributes: true, attributeFilter: ["class"] });

  function destroy() {
    controller.abort();
    camera.stop();
    clearTimeout(hinting);
    resized.disconnect();
    themed.disconnect();
    page.element.remove();
  }

  return {
    show, mark, destroy, expandAll, collapseAll, toSVG, toPNG, toDOT, open: (path) => openGroup(path), close: (path) => closeGroup(path),
    fit: () => camera.fit(true), reveal: goTo, get openPaths() { return [...open]; },
  };
};
}
