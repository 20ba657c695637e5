// The elements of a graph view: a bar with the search and the buttons, the stage with the drawing, its map and its hint.
"use strict";

{
const LAYERS = ["frames", "edges", "labels", "nodes", "heads"];

/** Build them in `host`; a button says in data-do what it does. */
PP.graphPage = (host, t) => {
  const { svg } = PP.graphDraw;
  const button = (name, title, content) => PP.make("button", { type: "button", title, "aria-label": title, "data-do": name }, content);
  const layers = Object.fromEntries(LAYERS.map((name) => [name, svg("g", { class: `pp-graph-${name}` })]));
  const content = svg("g", {}, ...Object.values(layers));
  const drawing = svg("svg", { class: "pp-graph-svg", tabindex: 0, role: "application", "aria-label": t("graph") }, content);
  const map = PP.make("canvas", { class: "pp-graph-map", title: t("map"), hidden: true });
  const note = PP.make("div", { class: "pp-graph-hint", "aria-hidden": "true" });
  const field = PP.make("input", { type: "search", class: "pp-graph-search", placeholder: t("search"), "aria-label": t("search"), spellcheck: "false" });
  const count = PP.make("output", { class: "pp-graph-count" });
  const exports = ["svg", "png", "dot"].map((kind) => button(kind, t("download", { name: `graph.${kind}` }), kind.toUpperCase()));
  const corners = svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, svg("path", { d: "M1.5 5V1.5H5M9 1.5h3.5V5M12.5 9v3.5H9M5 12.5H1.5V9" }));
  // In the bar: over the drawing they would cover it.
  const zoom = PP.make("span", { class: "pp-graph-zoom" }, button("out", t("zoom_out"), "−"), button("in", t("zoom_in"), "+"), button("fit", t("fit"), corners));
  const bar = PP.make("div", { class: "pp-graph-bar" }, field, count,
    PP.make("span", { class: "pp-graph-groups" }, button("expand", t("expand_all"), t("expand_all")), button("collapse", t("collapse_all"), t("collapse_all"))),
    zoom, PP.make("span", { class: "pp-graph-export" }, ...exports));
  const stage = PP.make("div", { class: "pp-graph-stage" }, drawing, map, note);
  const element = PP.make("div", { class: "pp-graph" }, bar, stage);
  host.replaceChildren(element);
  return { element, stage, svg: drawing, content, layers, map, note, field, count };
};
}
