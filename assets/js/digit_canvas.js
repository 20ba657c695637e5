// Draw a digit and see at once what the network reads: what the pen left on the canvas is sent as a small grey image while it
// still moves. One question at a time is under way; the newest drawing is always the last one asked.
"use strict";

PP.digitCanvas = ({ element, props, server, watch }) => {
  const { SIZE } = PP.strokes, SENT = 112, MAXIMUM_LINK = 1500;
  const t = PP.words(props.words);
  const find = (name) => element.querySelector(`.pp-${name}`);
  const canvas = find("canvas"), ink = canvas.getContext("2d", { willReadFrequently: true });
  const brush = find("brush");
  let picture = null, asking = false, again = false, example = false;

  // ---- drawing ---------------------------------------------------------------------------------------------------------
  const pen = PP.pen({
    canvas,
    width: () => Number(brush.value),
    begun: () => {
      if (example) { pen.strokes = []; example = false; find("example").hidden = true; }
      if (picture && !find("message").hidden) picture = null; // a photo that could not be read makes room
    },
    changed: () => changed(),
    ended: () => link(),
  });

  function repaint() {
    ink.fillStyle = "#000";
    ink.fillRect(0, 0, SIZE, SIZE);
    if (picture) ink.drawImage(picture, 0, 0, SIZE, SIZE);
    PP.strokes.paint(ink, pen.strokes);
    canvas.dataset.strokes = pen.strokes.length;
    find("hint").hidden = pen.strokes.length > 0 || picture !== null;
    find("undo").disabled = find("clear").disabled = !pen.strokes.length && !picture;
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Delete") clear();
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); undo(); }
  });

  function undo() {
    if (pen.strokes.length) pen.strokes = pen.strokes.slice(0, -1);
    else picture = null;
    changed();
    link();
  }
  function clear() {
    [pen.strokes, picture, example] = [[], null, false];
    find("example").hidden = true;
    changed();
    link();
  }
  find("undo").addEventListener("click", undo);
  find("clear").addEventListener("click", clear);
  brush.addEventListener("input", () => { find("brush-size").textContent = brush.value; });

  // ---- a photo, chosen, dropped or pasted ------------------------------------------------------------------------------
  async function load(file) {
    if (!file) return;
    try {
      const bitmap = await createImageBitmap(file);
      const scale = Math.min(1, 512 / Math.max(bitmap.width, bitmap.height));
      const photo = PP.make("canvas", { width: Math.max(2, Math.round(bitmap.width * scale)), height: Math.max(2, Math.round(bitmap.height * scale)) });
      photo.getContext("2d").drawImage(bitmap, 0, 0, photo.width, photo.height);
      [pen.strokes, example] = [[], false];
      picture = PP.make("canvas", { width: SIZE, height: SIZE });
      const fit = SIZE / Math.max(photo.width, photo.height);
      const [width, height] = [photo.width * fit, photo.height * fit];
      picture.getContext("2d").drawImage(photo, (SIZE - width) / 2, (SIZE - height) / 2, width, height);
      picture.photo = photo;
      find("example").hidden = true;
      changed();
      link();
    } catch {
      tell(t("not_an_image", { name: file.name || t("clipboard") }));
    }
  }
  find("file").addEventListener("change", (event) => { load(event.target.files[0]); event.target.value = ""; });
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => { event.preventDefault(); load(event.dataTransfer.files[0]); });
  document.addEventListener("paste", (event) => {
    const item = [...(event.clipboardData?.items ?? [])].find((entry) => entry.type.startsWith("image/"));
    if (item && element.offsetParent) load(item.getAsFile());
  });

  // ---- asking ----------------------------------------------------------------------------------------------------------
  function pixels() {
    if (picture && !pen.strokes.length) return picture.photo.toDataURL("image/png");
    const small = PP.make("canvas", { width: SENT, height: SENT });
    const context = small.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(canvas, 0, 0, SENT, SENT);
    const data = context.getImageData(0, 0, SENT, SENT).data;
    let bytes = "";
    for (let i = 0; i < data.length; i += 4) bytes += String.fromCharCode(data[i]);
    return { width: SENT, height: SENT, grey: btoa(bytes) };
  }

  function changed() {
    repaint();
    if (!pen.strokes.length && !picture) { show(null); return; }
    if (asking) { again = true; return; }
    ask();
  }

  async function ask() {
    asking = true;
    again = false;
    const begun = performance.now();
    try {
      const answer = await server.predict({ pixels: pixels(), model: props.value.model });
      if (pen.strokes.length || picture) show(answer, performance.now() - begun);
    } catch {
      tell(t("no_answer"));
    }
    asking = false;
    if (again) requestAnimationFrame(() => { if (!asking) { if (pen.strokes.length || picture) ask(); else show(null); } });
  }

  // ---- the answer ------------------------------------------------------------------------------------------------------
  const bars = [...Array(10).keys()].map((digit) => {
    const fill = PP.make("i"), text = PP.make("b", {}, "–"), name = PP.make("span", {}, String(digit));
    const row = PP.make("div", { class: "pp-bar-row", "data-digit": digit }, name, PP.make("div", { class: "pp-bar-track" }, fill), text);
    find("bars").append(row);
    return { row, fill, text, name };
  });
  const seen = find("seen").getContext("2d");

  function tell(message) {
    find("message").textContent = message;
    find("message").hidden = !message;
  }

  function show(answer, milliseconds) {
    tell(answer?.error ? answer.error.message : "");
    const known = answer && !answer.error;
    const names = known ? answer.class_names : bars.map((_, digit) => String(digit));
    element.dataset.answers = Number(element.dataset.answers || 0) + 1;
    element.dataset.digit = known ? answer.digit : "";
    find("first").textContent = known ? names[answer.digit] : "?";
    find("first-confidence").textContent = known ? PP.percent(answer.confidence, 1) : t("draw_first");
    find("second").textContent = known ? t("second_guess", { digit: names[answer.second.digit], confidence: PP.percent(answer.second.confidence, 1) }) : "\u00a0";
    find("time").textContent = known ? t("answered_in", { milliseconds: answer.milliseconds.toFixed(1), total: Math.round(milliseconds) }) : "\u00a0";
    bars.forEach(({ row, fill, text, name }, digit) => {
      const share = known ? answer.probabilities[digit] : 0;
      fill.style.width = `${100 * share}%`;
      text.textContent = known ? PP.percent(share, share >= 0.9995 || share < 0.0005 ? 0 : 1) : "–";
      name.textContent = names[digit];
      row.classList.toggle("pp-first-row", known && digit === answer.digit);
    });
    paintSeen(known ? answer.seen : null);
  }

  function paintSeen(rows) {
    const image = seen.createImageData(28, 28);
    for (let i = 0; i < 784; i++) {
      const grey = rows ? Math.round(255 * rows[Math.floor(i / 28)][i % 28]) : 0;
      image.data.set([grey, grey, grey, 255], 4 * i);
    }
    seen.putImageData(image, 0, 0);
  }

  // ---- the link: brush, model and the drawing itself -----------------------------------------------------------------------
  function link() {
    const text = PP.strokes.encode(pen.strokes);
    PP.writeLink("draw", { model: props.value.model, brush: brush.value, strokes: example || text.length > MAXIMUM_LINK ? "" : text }, props.defaults);
  }

  function restore(value) {
    if (value.brush) { brush.value = value.brush; find("brush-size").textContent = brush.value; }
    const drawn = PP.strokes.decode(value.strokes || (pen.strokes.length && !example ? "" : value.example) || "");
    if (drawn.length) { pen.strokes = drawn; example = !value.strokes; find("example").hidden = !example; }
    changed();
    link();
  }

  show(null);
  repaint();
  restore(props.value);
  let before = props.value;
  watch("value", () => {
    const value = props.value;
    // Another network comes without strokes: it reads what is drawn.
    const opened = "strokes" in value && (value.strokes !== before.strokes || value.brush !== before.brush);
    if (opened) restore(value);
    else { changed(); link(); }
    before = value;
  });
};
