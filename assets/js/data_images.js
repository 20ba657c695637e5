// The images of a split: its classes with their mean images and counts, a page of images, one of them in all its values.
"use strict";

PP.dataParts = PP.dataParts ?? {};

PP.dataParts.images = ({ root, t, call, settings }) => {
  const SPLITS = ["train", "validation", "test"], CELL = 28;
  let split = "train", classes = new Set(), page = 0, turn = 0, shown = null, scale = "bytes", large = null;

  const splits = PP.make("div", { class: "pp-data-choice", role: "group" }, ...SPLITS.map((name) => {
    const button = PP.make("button", { type: "button", "data-split": name, "aria-pressed": String(name === split) }, t(`split_${name}`));
    button.addEventListener("click", () => { split = name; page = 0; load(); });
    return button;
  }));
  const list = PP.make("ul", { class: "pp-data-classes" }), grid = PP.make("ul", { class: "pp-data-grid" });
  const where = PP.make("span", { class: "pp-data-where" });
  const turnPage = (name, step, sign) => {
    const button = PP.make("button", { type: "button", class: "pp-button", "aria-label": t(name) }, sign);
    button.addEventListener("click", () => { page += step; load(); });
    return button;
  };
  const previous = turnPage("previous", -1, "‹"), next = turnPage("next", 1, "›");
  const detail = PP.make("section", { class: "pp-data-large", "aria-live": "polite" });
  root.replaceChildren(PP.make("div", { class: "pp-data-row" },
    PP.make("div", {}, PP.make("h3", {}, t("classes_title")), list),
    PP.make("div", {}, PP.make("div", { class: "pp-data-bar" }, splits, where, PP.make("span", { class: "pp-data-pager" }, previous, next)), grid, detail)));

  async function load() {
    const now = ++turn;
    for (const button of splits.children) button.setAttribute("aria-pressed", String(button.dataset.split === split));
    const found = await call("images", { split, classes: [...classes], page });
    if (!found || now !== turn) return;
    shown = found;
    page = found.page;
    showClasses();
    showPage();
  }

  function showClasses() {
    const most = Math.max(...shown.counts, 1), means = PP.digitBytes(shown.means);
    const row = (label, name, count) => {
      const chosen = label === null ? !classes.size : classes.has(label), words = { name, count: count.toLocaleString("en") };
      const button = PP.make("button", { type: "button", "data-class": label ?? "all", "aria-pressed": String(chosen), "aria-label": label === null ? `${name}: ${words.count}` : t("class_name", words) },
        label === null ? PP.make("i", {}) : PP.digit(means, label, t("mean_name", words)), PP.make("b", {}, name),
        PP.make("span", { class: "pp-data-count-bar" }, label === null ? null : PP.make("i", { style: `width:${(100 * count) / most}%` })), PP.make("span", { class: "pp-data-count" }, words.count));
      button.addEventListener("click", () => {
        if (label === null) classes = new Set();
        else if (!classes.delete(label)) classes.add(label);
        page = 0;
        load();
      });
      return PP.make("li", {}, button);
    };
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.class : null;
    list.replaceChildren(row(null, t("all_classes"), shown.counts.reduce((sum, count) => sum + count, 0)), ...shown.counts.map((count, label) => row(label, shown.class_names[label], count)));
    if (focused !== null) list.querySelector(`[data-class="${focused}"]`)?.focus();
  }

  function showPage() {
    const bytes = PP.digitBytes(shown.pixels), first = 60 * shown.page;
    where.textContent = shown.total ? t("page_of", { first: (first + 1).toLocaleString("en"), last: (first + shown.items.length).toLocaleString("en"), total: shown.total.toLocaleString("en") }) : "";
    previous.disabled = shown.page === 0;
    next.disabled = shown.page >= shown.pages - 1;
    grid.dataset.page = shown.page;
    grid.dataset.split = split;
    grid.replaceChildren(...(shown.items.length ? shown.items.map(({ index, label }, place) => {
      const words = t("picture", { index, label: shown.class_names[label] });
      const button = PP.make("button", { type: "button", "data-index": index, "data-label": label, "aria-label": words, title: words }, PP.digit(bytes, place, ""));
      button.addEventListener("click", () => showLarge(index));
      return PP.make("li", {}, button);
    }) : [PP.make("li", { class: "pp-data-none" }, t("no_images"))]));
    if (shown.items.length) showLarge(shown.items[0].index);
    else detail.replaceChildren();
  }

  async function showLarge(index) {
    const now = turn, found = await call("image", { split, index });
    if (!found || now !== turn) return;
    large = found;
    for (const button of grid.querySelectorAll("button")) button.setAttribute("aria-pressed", String(Number(button.dataset.index) === index));
    const { mean, std, class_names: names, file } = shown;
    const canvas = PP.make("canvas", { width: 28 * CELL, height: 28 * CELL, class: "pp-data-pixels", role: "img", tabindex: "0", "aria-label": t("picture", { index, label: names[found.label] }) });
    const read = PP.make("output", { class: "pp-data-read" }, t("point"));
    const switches = PP.make("div", { class: "pp-data-choice", role: "group" }, ...["bytes", "normalised"].map((name) => {
      const button = PP.make("button", { type: "button", "data-scale": name, "aria-pressed": String(scale === name) }, t(name));
      button.addEventListener("click", () => { scale = name; for (const one of switches.children) one.setAttribute("aria-pressed", String(one === button)); draw(canvas); });
      return button;
    }));
    let at = [14, 14];
    const point = () => {
      const [row, column] = at, value = found.pixels[row][column];
      read.textContent = t("pixel", { row, column, value, share: (value / 255).toFixed(4), normalised: found.normalised[row][column].toFixed(4) });
      draw(canvas, at);
    };
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect(), place = (to, from, length) => Math.min(27, Math.max(0, Math.floor((28 * (to - from)) / length)));
      at = [place(event.clientY, box.top, box.height), place(event.clientX, box.left, box.width)];
      point();
    });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      at = at.map((value, axis) => Math.min(27, Math.max(0, value + step[axis])));
      point();
    });
    const after = (value) => ((value - mean) / std).toFixed(4);
    detail.replaceChildren(PP.make("div", { class: "pp-data-pixels-frame" }, canvas),
      PP.make("div", {}, PP.make("h3", {}, t("large_title", { file: t(`file_${file}`), index: index.toLocaleString("en"), label: names[found.label] })), switches, read, PP.make("p", {}, t("pixel_help", { mean, std, paper: after(0), ink: after(1) }))));
    detail.dataset.index = index;
    draw(canvas);
  }

  /** Each pixel with its number in it. */
  function draw(canvas, at = null) {
    const context = canvas.getContext("2d");
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = scale === "bytes" ? "11px sans-serif" : "9.5px sans-serif";
    large.pixels.forEach((row, y) => row.forEach((value, x) => {
      context.fillStyle = `rgb(${value},${value},${value})`;
      context.fillRect(x * CELL, y * CELL, CELL, CELL);
      context.fillStyle = value > 140 ? "#000a" : value ? "#fffc" : "#fff5";
      context.fillText(scale === "bytes" ? value : large.normalised[y][x].toFixed(2), (x + 0.5) * CELL, (y + 0.5) * CELL);
    }));
    if (!at) return;
    context.strokeStyle = PP.color("--pp-accent");
    context.lineWidth = 3;
    context.strokeRect(at[1] * CELL + 1, at[0] * CELL + 1, CELL - 2, CELL - 2);
  }

  let last = "";
  return { show: () => {
    const { dataset } = settings();
    if (dataset !== last) { classes = new Set(); last = dataset; }
    page = 0;
    load();
  } };
};
