// Map-style, iterable-style and ImageFolder: the source of each, and what it answered when it was asked just now.
"use strict";

PP.dataParts = PP.dataParts ?? {};

PP.dataParts.styles = ({ root, t, call, props }) => {
  const say = (key, values) => t(`styles_${key}`, values);
  let turn = 0;

  async function show() {
    const now = ++turn;
    root.replaceChildren(PP.make("p", { role: "status" }, t("working")));
    const found = await call("styles");
    if (now !== turn) return;
    if (!found) { root.replaceChildren(); return; }
    const { map, stream, sharded, folder, sources, script, workers } = found;
    const part = (name, values, ...told) => {
      const code = PP.make("code");
      code.innerHTML = sources[name]; // escaped by the server
      return PP.make("section", { class: "pp-style", "data-style": name }, PP.make("h3", {}, say(name)), PP.make("p", {}, say(`${name}_text`, values)),
        PP.make("div", { class: "pp-style-row" }, PP.make("div", { class: "pp-code" }, PP.make("pre", { tabindex: "0" }, code)), PP.make("div", { class: "pp-style-told" }, ...told)));
    };
    const lines = ({ rows, came, images }) => [
      PP.make("b", {}, came === images ? say("came_once", { came, images }) : say("came", { came, images, times: came / images })),
      ...rows.map(({ worker, process, places }) => PP.make("div", { class: "pp-style-worker" }, PP.make("span", {}, say("worker", { worker, process })), PP.make("code", {}, places.join(" "))))];
    const whole = PP.make("div"), value = { value: script, words: props.words };
    whole.innerHTML = props.code.replace("transforms.py", "datasets.py"); // a template of ours, escaped by the server
    root.replaceChildren(PP.make("p", {}, say("text", { count: map.length, workers })),
      part("map", {}, PP.make("b", {}, say("map_came", { ...map, shape: `(${map.shape.join(", ")})` }))),
      part("stream", {}, ...lines(stream)), part("sharded", { workers }, ...lines(sharded)),
      part("folder", {}, PP.make("b", {}, say("folder_came", { ...folder, classes: folder.classes.join(" "), size: folder.size.join("×") })), PP.make("pre", { class: "pp-style-tree" }, folder.tree.join("\n"))), whole);
    PP.codeView({ element: whole, props: value, watch: () => {} });
    root.dataset.ready = now;
  }
  return { show };
};
