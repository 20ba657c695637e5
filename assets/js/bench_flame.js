// A flame: boxes in the order of time, what runs inside something below it. It is zoomed by click and walked by keys.
"use strict";

{
// A box below this share of what is in view would be a hair.
const SEEN = 0.001;

/** Boxes of {name, role, kind, start_seconds, seconds, children}, with names from `label(box)`, inside a box `short(box)`. */
PP.benchFlame = (t, root, label, short) => {
  const parents = new Map(), boxes = PP.make("div", { class: "pp-flame-boxes", tabindex: 0, role: "application", "aria-label": t("profile_flame"), "aria-describedby": "pp-flame-said" });
  const said = PP.make("p", { class: "pp-flame-said", id: "pp-flame-said", "aria-live": "polite" }), out = PP.make("button", { type: "button", class: "pp-button pp-flame-out" }, t("profile_out"));
  let view = root, chosen = root, drawn = new Map();
  const read = (box) => { for (const child of box.children) { parents.set(child, box); read(child); } };
  read(root);

  function tell(box) {
    const kind = box.kind ? t(`profile_${box.kind}`) : "", inside = box.module ? ` · ${box.module}` : "";
    said.replaceChildren(PP.make("b", {}, label(box)), ` ${PP.shortTime(box.seconds)} · ${t("profile_of_step", { share: PP.percent(box.seconds / root.seconds, 1) })}`, PP.make("span", {}, `${kind}${inside}`));
  }
  function choose(box) {
    drawn.get(chosen)?.classList.remove("pp-is-chosen");
    chosen = box;
    drawn.get(box)?.classList.add("pp-is-chosen");
    tell(box);
  }
  function zoom(box) {
    view = box.children.length || box === root ? box : parents.get(box);
    draw();
    choose(box);
  }
  function above(box) {
    const found = [];
    for (let one = parents.get(box); one; one = parents.get(one)) found.unshift(one);
    return found;
  }
  function draw() {
    const around = above(view), rows = [];
    drawn = new Map();
    const put = (box, depth, left, width) => {
      const element = PP.make("div", { class: `pp-flame-box pp-of-${box.kind || "step"} pp-is-${box.role}${depth < around.length ? " pp-is-around" : ""}`, style: `left:${100 * left}%;width:${100 * width}%;top:${depth * 22}px` }, width > 0.025 ? PP.make("span", {}, short(box)) : null);
      element.box = box;
      drawn.set(box, element);
      rows.push(element);
      return depth;
    };
    around.forEach((box, depth) => put(box, depth, 0, 1));
    let deepest = around.length;
    const fill = (box, depth) => {
      const width = box.seconds / view.seconds;
      if (width < SEEN) return;
      deepest = Math.max(deepest, put(box, depth, (box.start_seconds - view.start_seconds) / view.seconds, width));
      for (const child of box.children) fill(child, depth + 1);
    };
    fill(view, around.length);
    boxes.style.height = `${(deepest + 1) * 22}px`;
    boxes.replaceChildren(...rows);
    out.disabled = view === root;
  }
  const upward = () => { if (view !== root) zoom(parents.get(view)); };

  boxes.addEventListener("click", (event) => { const { box } = event.target.closest(".pp-flame-box") ?? {}; if (box) zoom(box); });
  boxes.addEventListener("pointerover", (event) => { const { box } = event.target.closest(".pp-flame-box") ?? {}; if (box && event.pointerType === "mouse") tell(box); });
  boxes.addEventListener("pointerleave", () => tell(chosen));
  out.addEventListener("click", upward);
  boxes.addEventListener("keydown", (event) => {
    const parent = parents.get(chosen), beside = parent ? parent.children.filter((one) => drawn.has(one)) : [chosen], place = beside.indexOf(chosen);
    const longest = chosen.children.filter((one) => drawn.has(one)).reduce((found, one) => (!found || one.seconds > found.seconds ? one : found), null);
    const to = { ArrowLeft: beside[place - 1], ArrowRight: beside[place + 1], ArrowUp: parent, ArrowDown: longest }[event.key];
    if (event.key === "Enter") zoom(chosen);
    else if (event.key === "Escape" && view !== root) upward();
    else if (to) choose(to);
    else if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
  });
  draw();
  choose(root);
  return PP.make("div", { class: "pp-flame" }, PP.make("div", { class: "pp-flame-head" }, said, out), PP.make("div", { class: "pp-flame-scroll" }, boxes));
};
}
