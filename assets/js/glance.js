// What the network can do by now: confusion, loss of each class, the hardest images, one image through the layers.
"use strict";

/** images(indices) → {pixels, class_names} of test images; watch(index): which image the run is to draw from now on. */
PP.glance = (host, t, { images, watch }) => {
  const find = (name) => host.querySelector(`.pp-glance-${name}`);
  const [matrix, losses, hardest, layers, slider, when] = [find("matrix"), find("losses"), find("images"), find("layers"), find("when").querySelector("input"), find("when").querySelector("span")];
  let events, names, known, live, follows, shown, watched, asked, ended;

  function reset() {
    [events, names, known, live, follows, shown, watched, asked, ended] = [[], null, new Map(), false, true, null, null, false, false];
    for (const part of [matrix, losses, hardest, layers]) part.replaceChildren();
    find("parts").hidden = find("when").hidden = true;
  }

  function add(event) {
    events.push(event);
  }

  /** `going`: the run can still be told which image to draw; `over`: nothing will follow. */
  function paint(going, over) {
    [live, ended] = [going, over];
    host.dataset.glances = events.length;
    const last = events.at(-1);
    const summary = last ? t("summary", about(last)) : t(over ? "never" : "waiting");
    if (find("summary").textContent !== summary) find("summary").textContent = summary;
    if (host.open && last) show();
  }

  function about(event) {
    const right = event.confusion.reduce((sum, row, place) => sum + row[place], 0);
    return { step: event.step.toLocaleString("en"), images: event.count.toLocaleString("en"), accuracy: PP.percent(right / event.count, 1), share: PP.percent(event.share, 1) };
  }

  function show() {
    slider.max = events.length - 1;
    if (follows) slider.value = events.length - 1;
    const event = events[Number(slider.value)];
    if (event === shown) return;
    shown = event;
    find("parts").hidden = find("when").hidden = false;
    when.textContent = t("at", about(event));
    if (!names) {
      names = event.confusion.map((_, place) => String(place));
      load([]);
    }
    fillMatrix(event.confusion);
    fillLosses(event.class_losses);
    fillHardest(event.hardest);
    fillLayers(event);
  }

  function fillMatrix(confusion) {
    if (!matrix.rows.length) {
      const heads = confusion.map((_, place) => PP.make("th", { scope: "col", title: names[place] }, names[place]));
      matrix.append(PP.make("thead", {}, PP.make("tr", {}, PP.make("td", { style: "background:none" }), ...heads)),
        PP.make("tbody", {}, ...confusion.map((row, label) => PP.make("tr", {}, PP.make("th", { scope: "row", title: names[label] }, names[label]), ...row.map((_, answer) => PP.make("td", { class: label === answer ? "pp-is-right" : null }))))));
    }
    confusion.forEach((row, label) => {
      const total = row.reduce((sum, count) => sum + count, 0) || 1;
      row.forEach((count, answer) => {
        const cell = matrix.tBodies[0].rows[label].cells[answer + 1], text = count ? String(count) : "";
        if (cell.textContent !== text) cell.textContent = text;
        // The square root, so that a single mistake is still to be seen.
        cell.style.setProperty("--share", count ? `${Math.round((label === answer ? 55 : 85) * Math.sqrt(count / total))}%` : "0%");
        cell.title = t("cell", { label: names[label], answer: names[answer], number: count });
      });
    });
  }

  function fillLosses(values) {
    const most = Math.max(...values.filter((value) => typeof value === "number"), 1e-9);
    if (losses.children.length !== values.length) losses.replaceChildren(...values.map((_, place) => PP.make("li", {}, PP.make("span", {}, names[place]), PP.make("i"), PP.make("b"))));
    values.forEach((value, place) => {
      const [name, bar, figure] = losses.children[place].children;
      name.textContent = names[place];
      bar.style.width = typeof value === "number" ? `${(100 * value) / most}%` : "0";
      figure.textContent = PP.number(value, 3);
    });
  }

  function fillHardest(items) {
    const missing = items.filter(({ index }) => !known.has(index)).map(({ index }) => index);
    if (missing.length) load(missing);
    hardest.replaceChildren(...items.map(({ index, label, guess, of_label: share }) => {
      const words = t("hard", { label: names[label], guess: names[guess], share: PP.percent(share, share < 0.001 ? 2 : 1) });
      const button = PP.make("button", { type: "button", title: words, "aria-label": words, "aria-pressed": String(index === (watched ?? shown.image)), disabled: !live });
      if (known.has(index)) button.append(PP.digit(known.get(index), 0, words));
      else button.append(PP.make("canvas", { width: 28, height: 28 }));
      button.addEventListener("click", () => { watched = index; watch(index); fillHardest(items); fillLayers(shown); });
      return PP.make("li", {}, button, PP.make("div", {}, `${names[label]} → ${names[guess]}`), PP.make("div", {}, PP.percent(share, 1)));
    }));
  }

  function fillLayers({ image, label, layers: rows }) {
    find("inside").textContent = t(watched !== null && watched !== image && !ended ? "layers_soon" : "layers_of", { index: image.toLocaleString("en"), label: names[label] });
    if (!known.has(image)) load([image]);
    const own = PP.make("li", {}, t("input"), PP.make("small", {}, "1 × 28 × 28"));
    if (known.has(image)) {
      const picture = PP.digit(known.get(image), 0, t("layers_of", { index: String(image), label: names[label] }));
      picture.style.cssText = "width:56px;height:56px;image-rendering:pixelated;border-radius:4px;background:#000";
      own.append(picture);
    }
    layers.replaceChildren(own, ...rows.map((row) => PP.make("li", {}, row.name, PP.make("small", {}, `${row.type} · ${row.shape.join(" × ")}`),
      PP.picture(row.image, { most: 6, perLine: 3, label: `${row.type} ${row.name}` }))));
  }

  /** Images that are not here yet, and what the classes are called. */
  async function load(indices) {
    if (asked) return;
    asked = true;
    const mine = known;
    let answer = null;
    try {
      answer = await images(indices);
    } finally {
      asked = false;
    }
    if (mine !== known || !answer) return;
    const bytes = PP.digitBytes(answer.pixels);
    indices.forEach((index, place) => known.set(index, bytes.subarray(784 * place, 784 * (place + 1))));
    const renamed = JSON.stringify(names) !== JSON.stringify(answer.class_names);
    names = answer.class_names;
    if (renamed) matrix.replaceChildren();
    shown = null;
    if (host.open && events.length) show();
  }

  slider.addEventListener("input", () => {
    follows = Number(slider.value) === events.length - 1;
    show();
  });
  host.addEventListener("toggle", () => { if (host.open && events.length) show(); });
  reset();
  return { add, paint, reset };
};
