// Digits drawn here as a data set: a pad, a chip for each digit, and what was drawn by class, kept in the browser until it is used.
"use strict";

/** `root` is filled; `use(found, told)` takes over what the server made of the drawings, and tells of it in the element `told`. */
PP.drawnDigits = ({ root, say, props, server, use }) => {
  const DIGITS = [..."0123456789"], KEY = "pp-drawn", PAD_KEY = "pp-drawn-pad";
  const FORM = { apart: 2, steps: 10 }; // finer than a link's: what is kept is what is trained on
  const KEPT_MOST = 1_200_000, BACK_MOST = 50, THUMB = 80; // characters of all drawings; changes to take back; pixels
  const limits = props.drawn, whole = (count) => count.toLocaleString("en");
  let drawn = [], chosen = "0", past = [], sending = false; // drawn: [{label, text}], never changed in place
  const thumbs = new WeakMap();

  // ---- what is seen ----------------------------------------------------------------------------------------------------
  const button = (key, work, ...classes) => {
    const made = PP.make("button", { type: "button", class: ["pp-button", ...classes].join(" "), "data-drawn": key }, say(`drawn_${key}`));
    made.addEventListener("click", work);
    return made;
  };
  const canvas = PP.make("canvas", { class: "pp-drawn-canvas", width: PP.strokes.SIZE, height: PP.strokes.SIZE, tabindex: 0, role: "img", "aria-label": say("drawn_pad") });
  const hint = PP.make("div", { class: "pp-drawn-hint" }, say("drawn_pad_hint"));
  const brush = PP.make("input", { type: "range", min: 4, max: 44, value: 20 }), width = PP.make("span", { class: "pp-drawn-width" }, brush.value);
  brush.addEventListener("input", () => { width.textContent = brush.value; });
  const unstroke = button("stroke", () => takeStroke()), wipe = button("wipe", () => setPad([]));
  const chips = DIGITS.map((digit) => {
    const chip = PP.make("button", { type: "button", "data-digit": digit }, PP.make("b", {}, digit), PP.make("i"));
    chip.addEventListener("click", () => press(digit));
    return chip;
  });
  const add = button("add", () => put(chosen)), failure = PP.make("p", { class: "pp-drawn-failure", role: "alert", hidden: true });
  const needed = PP.make("p", { class: "pp-drawn-needed", role: "status" }), rows = PP.make("ul", { class: "pp-drawn-rows" }), told = PP.make("div");
  const start = button("use", () => send(), "pp-primary"), back = button("back", () => takeBack()), clear = button("clear", () => ask(true));
  const question = PP.make("span", { class: "pp-drawn-question" });
  const bar = PP.make("div", { class: "pp-data-bar" }, start, back, clear);
  const asking = PP.make("div", { class: "pp-data-bar", role: "group", hidden: true }, question, button("yes", () => change([])), button("no", () => ask(false)));
  root.replaceChildren(
    PP.make("p", {}, say("drawn_text")),
    PP.make("div", { class: "pp-drawn-row" },
      PP.make("div", { class: "pp-drawn-pen" },
        PP.make("div", { class: "pp-pad" }, canvas, hint),
        PP.make("div", { class: "pp-pen" }, PP.make("label", { class: "pp-brush-label" }, say("drawn_pen"), " ", brush, width), unstroke, wipe)),
      PP.make("div", { class: "pp-drawn-kept" },
        PP.make("div", { class: "pp-drawn-name" }, PP.make("div", { class: "pp-drawn-chips", role: "group", "aria-label": say("drawn_digits") }, ...chips), add),
        needed, bar, asking, failure, rows, told)));
  const ink = canvas.getContext("2d");

  const tell = (words) => { failure.textContent = words; failure.hidden = !words; };

  function paintPad() {
    ink.fillStyle = "#000";
    ink.fillRect(0, 0, PP.strokes.SIZE, PP.strokes.SIZE);
    PP.strokes.paint(ink, pen.strokes);
    const empty = !pen.strokes.length;
    canvas.dataset.strokes = pen.strokes.length;
    hint.hidden = !empty;
    unstroke.disabled = wipe.disabled = add.disabled = empty;
  }

  /** A drawing as a picture of itself that removes it. */
  function thumb(one) {
    if (!thumbs.has(one)) {
      const picture = PP.make("canvas", { width: THUMB, height: THUMB }), context = picture.getContext("2d");
      context.scale(THUMB / PP.strokes.SIZE, THUMB / PP.strokes.SIZE);
      PP.strokes.paint(context, PP.strokes.decode(one.text, FORM));
      const made = PP.make("button", { type: "button" }, picture);
      made.addEventListener("click", () => remove(one));
      thumbs.set(one, made);
    }
    return thumbs.get(one);
  }

  const counts = () => DIGITS.map((digit) => [digit, drawn.filter(({ label }) => label === digit).length]);

  function show() {
    const found = counts(), there = found.filter(([, count]) => count);
    const enough = there.filter(([, count]) => count >= limits.each).length >= limits.classes;
    const said = there.map(([digit, count]) => `${digit}×${whole(count)}`).join(", ") || say("drawn_none");
    needed.textContent = say(enough ? "drawn_enough" : "drawn_needed", { classes: limits.classes, each: limits.each, found: said });
    needed.classList.toggle("pp-is-enough", enough);
    for (const [place, [digit, count]] of found.entries()) {
      const chip = chips[place];
      chip.setAttribute("aria-pressed", String(digit === chosen));
      chip.setAttribute("aria-label", say("drawn_chip", { name: digit, count }));
      chip.lastChild.textContent = count || "";
    }
    add.textContent = say("drawn_add", { name: chosen });
    rows.replaceChildren(...there.map(([digit, count]) => {
      const own = drawn.filter(({ label }) => label === digit).map((one, place) => {
        const made = thumb(one), words = say("drawn_remove", { name: digit, place: place + 1 });
        made.setAttribute("aria-label", words);
        made.title = words;
        return made;
      });
      return PP.make("li", { "data-label": digit, "data-count": count }, PP.make("b", {}, digit), PP.make("span", {}, whole(count)), PP.make("div", {}, ...own));
    }), ...(there.length ? [] : [PP.make("li", { class: "pp-drawn-nothing" }, say("drawn_nothing"))]));
    start.disabled = sending || !drawn.length;
    clear.disabled = !drawn.length;
    back.disabled = !past.length;
    if (!drawn.length) ask(false);
  }

  // ---- what is kept ----------------------------------------------------------------------------------------------------
  function keep(key, text) {
    try {
      localStorage.setItem(key, text);
    } catch { // no storage, or no room in it
      tell(say("drawn_unkept"));
    }
  }
  const keepPad = () => keep(PAD_KEY, PP.strokes.encode(pen.strokes, FORM));

  /** Strokes of a text that was kept; none of one that is longer than what can be used, which would take the browser minutes. */
  const read = (text) => (text.length <= 5 * limits.points ? PP.strokes.decode(text, FORM) : []);

  function restore() {
    try {
      const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      const ours = (one) => Array.isArray(one) && DIGITS.includes(one[0]) && typeof one[1] === "string" && read(one[1]).length;
      drawn = found.filter(ours).slice(0, limits.drawings).map(([label, text]) => ({ label, text }));
    } catch { // no storage, or somebody else's
      drawn = [];
    }
    show();
  }

  /** Another list of drawings; `silent`: it is not one to take back. */
  function change(next, silent = false) {
    if (!silent) past = [...past, drawn].slice(-BACK_MOST);
    drawn = next;
    tell("");
    keep(KEY, JSON.stringify(drawn.map(({ label, text }) => [label, text])));
    show();
  }

  // ---- what one does ---------------------------------------------------------------------------------------------------
  const pen = PP.pen({ canvas, width: () => Number(brush.value), begun: () => canvas.focus({ preventScroll: true }), changed: paintPad, ended: keepPad });

  function setPad(strokes) {
    pen.strokes = strokes;
    paintPad();
    keepPad();
  }
  const takeStroke = () => setPad(pen.strokes.slice(0, -1));

  /** A digit was named: what is on the pad is one; an empty pad is for the next ones. */
  function press(digit) {
    chosen = digit;
    if (pen.strokes.length) put(digit);
    else show();
  }

  function put(label) {
    const text = PP.strokes.encode(pen.strokes, FORM), strokes = PP.strokes.decode(text, FORM);
    const points = strokes.reduce((sum, stroke) => sum + stroke.points.length, 0), used = drawn.reduce((sum, one) => sum + one.text.length, 0);
    const where = { label, place: drawn.filter((one) => one.label === label).length + 1 };
    if (!strokes.length) return undefined;
    if (strokes.length > limits.strokes) return tell(say("drawn_strokes", { ...where, count: strokes.length, maximum: limits.strokes }));
    if (points > limits.points) return tell(say("drawn_points", { ...where, count: whole(points), maximum: whole(limits.points) }));
    if (drawn.length >= limits.drawings) return tell(say("drawn_many", { count: whole(drawn.length + 1), maximum: whole(limits.drawings) }));
    if (used + text.length > KEPT_MOST) return tell(say("drawn_full"));
    setPad([]);
    change([...drawn, { label, text }]);
    return undefined;
  }

  function remove(one) {
    const near = thumb(one).nextElementSibling ?? thumb(one).previousElementSibling ?? canvas;
    change(drawn.filter((other) => other !== one));
    near.focus({ preventScroll: true });
  }

  /** The last change undone; what was added last is on the pad again, for another digit. */
  function takeBack() {
    const before = past.at(-1), last = drawn.at(-1);
    if (!before) return;
    past = past.slice(0, -1);
    const added = drawn.length === before.length + 1 && drawn.slice(0, -1).every((one, place) => one === before[place]);
    if (added && !pen.strokes.length) setPad(PP.strokes.decode(last.text, FORM));
    change(before, true);
    if (back.disabled && document.activeElement === document.body) canvas.focus({ preventScroll: true });
  }

  function ask(open) {
    if (open === !asking.hidden) return;
    question.textContent = say("drawn_ask", { count: drawn.length });
    [bar.hidden, asking.hidden] = [open, !open];
    (open ? asking.querySelector("[data-drawn=no]") : drawn.length ? clear : canvas).focus({ preventScroll: true });
  }

  async function send() {
    const drawings = drawn.map(({ label, text }) => ({ label, strokes: PP.strokes.decode(text, FORM) }));
    sending = true;
    tell("");
    show();
    let answer;
    try {
      answer = await server.drawn({ drawings });
    } catch { // the server restarts, or the network is away
      answer = { error: { message: say("no_server") } };
    }
    sending = false;
    show();
    if (answer.error) tell(answer.error.message);
    else use(answer.found, told);
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event, section = root.closest(".pp-data");
    const writing = target.matches("select, textarea, input:not([type=range])"), ours = section?.contains(target) && !writing;
    if (!(ours || target === document.body) || !root.offsetParent || event.altKey || event.repeat) return;
    if (event.ctrlKey || event.metaKey) {
      if (key.toLowerCase() !== "z" || event.shiftKey) return;
      event.preventDefault();
      if (pen.strokes.length) takeStroke();
      else takeBack();
    } else if (DIGITS.includes(key)) press(key);
    else if (key === "Enter" && (target === canvas || target === document.body)) put(chosen);
    else if (target === canvas && (key === "Escape" || key === "Delete")) setPad([]);
  });
  // Another window of the same browser has drawn, too.
  window.addEventListener("storage", (event) => { if (event.key === KEY) { past = []; restore(); } });

  restore();
  try {
    pen.strokes = read(localStorage.getItem(PAD_KEY) ?? "");
  } catch { // no storage
    pen.strokes = [];
  }
  paintPad();
};
