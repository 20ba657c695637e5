// Draw a digit and see at once what the network reads: strokes as points, painted on a canvas, sent as a small grey image
// while the pen still moves. One question at a time is under way; the newest drawing is always the last one asked.
"use strict";

PP.digitCanvas = ({ element, props, server, watch }) => {
  const SIZE = 280, SENT = 112, MAXIMUM_LINK = 1500;
  const t = PP.words(props.words);
  const find = (name) => element.querySelector(`.pp-${name}`);
  const canvas = find("canvas"), ink = canvas.getContext("2d", { willReadFrequently: true });
  const brush = find("brush");
  let strokes = [], pen = null, picture = null, asking = false, again = false, example = false;

  // ---- drawing: a stroke is {width, points: [[x, y], …]} in pixels of a 280×280 canvas -----------------------------------
  function repaint() {
    ink.fillStyle = "#000";
    ink.fillRect(0, 0, SIZE, SIZE);
    if (picture) ink.drawImage(picture, 0, 0, SIZE, SIZE);
    ink.strokeStyle = ink.fillStyle = "#fff";
    ink.lineCap = ink.lineJoin = "round";
    for (const { width, points } of strokes) {
      ink.lineWidth = width;
      ink.beginPath();
      ink.moveTo(...points[0]);
      if (points.length === 1) ink.lineTo(points[0][0] + 0.01, points[0][1]);
      for (let i = 1; i < points.length - 1; i++) { // through the middles of the segments: a smooth line
        const [[x, y], [nextX, nextY]] = [points[i], points[i + 1]];
        ink.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
      }
      if (points.length > 1) ink.lineTo(...points.at(-1));
      ink.stroke();
    }
    canvas.dataset.strokes = strokes.length;
    find("hint").hidden = strokes.length > 0 || picture !== null;
    find("undo").disabled = find("clear").disabled = !strokes.length && !picture;
  }

  const position = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = (value, low, size) => Math.round(Math.min(Math.max((value - low) / size, 0), 1) * SIZE * 10) / 10;
    return [scale(event.clientX, box.left, box.width), scale(event.clientY, box.top, box.height)];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (pen !== null || event.button > 0) return;
    event.preventDefault();
    if (example) { strokes = []; example = false; find("example").hidden = true; }
    if (picture && !find("message").hidden) picture = null; // a photo that could not be read makes room
    pen = event.pointerId;
    canvas.setPointerCapture(pen);
    strokes.push({ width: Number(brush.value), points: [position(event)] });
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pen) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).points.push(...(moves.length ? moves : [event]).map(position));
    changed();
  });
  const lift = (event) => {
    if (event.pointerId !== pen) return;
    pen = null;
    changed();
    link();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Delete") clear();
    if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); undo(); }
  });

  function undo() {
    pen = null;
    if (strokes.length) strokes.pop();
    else picture = null;
    changed();
    link();
  }
  function clear() {
    pen = null;
    [strokes, picture, example] = [[], null, false];
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
      [strokes, example] = [[], false];
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
    if (picture && !strokes.length) return picture.photo.toDataURL("image/png");
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
    if (!strokes.length && !picture) { show(null); return; }
    if (asking) { again = true; return; }
    ask();
  }

  async function ask() {
    asking = true;
    again = false;
    const begun = performance.now();
    try {
      const answer = await server.predict({ pixels: pixels(), model: props.value.model });
      if (strokes.length || picture) show(answer, performance.now() - begun);
    } catch {
      tell(t("no_answer"));
    }
    asking = false;
    if (again) requestAnimationFrame(() => { if (!asking) { if (strokes.length || picture) ask(); else show(null); } });
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

  // ---- the link: brush, model and the drawing itself, two characters a coordinate -------------------------------------------
  const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";
  const encode = () => strokes.map(({ width, points }) => {
    let kept = points[0];
    const thin = points.filter((point, i) => {
      const far = Math.hypot(point[0] - kept[0], point[1] - kept[1]) >= 4;
      if (far) kept = point;
      return far || i === 0 || i === points.length - 1;
    });
    return ALPHABET[Math.min(63, Math.round(width))] + thin.map((point) => point.map((value) => {
      const whole = Math.round(value);
      return ALPHABET[whole >> 6] + ALPHABET[whole & 63];
    }).join("")).join("");
  }).join(".");
  const decode = (text) => text.split(".").filter((part) => /^[\w-]+$/.test(part) && part.length >= 5).map((part) => {
    const numbers = [];
    for (let i = 1; i + 1 < part.length; i += 2) numbers.push(Math.min(SIZE, (ALPHABET.indexOf(part[i]) << 6) + ALPHABET.indexOf(part[i + 1])));
    const points = [];
    for (let i = 0; i + 1 < numbers.length; i += 2) points.push([numbers[i], numbers[i + 1]]);
    return { width: Math.max(2, ALPHABET.indexOf(part[0])), points };
  });
  function link() {
    const text = encode();
    PP.writeLink("draw", { model: props.value.model, brush: brush.value, strokes: example || text.length > MAXIMUM_LINK ? "" : text }, props.defaults);
  }

  function restore(value) {
    if (value.brush) { brush.value = value.brush; find("brush-size").textContent = brush.value; }
    const drawn = decode(value.strokes || (strokes.length && !example ? "" : value.example) || "");
    if (drawn.length) { strokes = drawn; example = !value.strokes; find("example").hidden = !example; }
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
