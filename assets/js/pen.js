// A pen on a canvas, and what it leaves: strokes as points, painted as white ink, and as short text and back.
"use strict";

/** A stroke is {width, points: [[x, y], …]} in pixels of a canvas of SIZE × SIZE. */
PP.strokes = (() => {
  const SIZE = 280, ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

  function paint(ink, strokes) {
    ink.strokeStyle = "#fff";
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
  }

  /** Two characters a coordinate. `apart`: pixels between points that are kept; `steps`: of a coordinate, in a pixel. */
  const encode = (strokes, { apart = 4, steps = 1 } = {}) => strokes.map(({ width, points }) => {
    let kept = points[0];
    const thin = points.filter((point, i) => {
      const far = Math.hypot(point[0] - kept[0], point[1] - kept[1]) >= apart;
      if (far) kept = point;
      return far || i === 0 || i === points.length - 1;
    });
    return ALPHABET[Math.min(63, Math.round(width))] + thin.map((point) => point.map((value) => {
      const whole = Math.round(value * steps);
      return ALPHABET[whole >> 6] + ALPHABET[whole & 63];
    }).join("")).join("");
  }).join(".");

  const decode = (text, { steps = 1 } = {}) => text.split(".").filter((part) => /^[\w-]+$/.test(part) && part.length >= 5).map((part) => {
    const numbers = [];
    for (let i = 1; i + 1 < part.length; i += 2) numbers.push(Math.min(SIZE, ((ALPHABET.indexOf(part[i]) << 6) + ALPHABET.indexOf(part[i + 1])) / steps));
    const points = [];
    for (let i = 0; i + 1 < numbers.length; i += 2) points.push([numbers[i], numbers[i + 1]]);
    return { width: Math.max(2, ALPHABET.indexOf(part[0])), points };
  });

  return { SIZE, paint, encode, decode };
})();

/**
 * Mouse, finger and pen draw strokes on `canvas`. `width()` gives the pen's; `begun` is called before a stroke begins, `changed`
 * at each move, `ended` when the pen is lifted. Setting `strokes` lifts it, too.
 */
PP.pen = ({ canvas, width, begun = () => {}, changed, ended = () => {} }) => {
  let strokes = [], pointer = null;

  const position = (event) => {
    const box = canvas.getBoundingClientRect();
    const scale = (value, low, size) => Math.round(Math.min(Math.max((value - low) / size, 0), 1) * PP.strokes.SIZE * 10) / 10;
    return [scale(event.clientX, box.left, box.width), scale(event.clientY, box.top, box.height)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button > 0) return;
    event.preventDefault();
    begun();
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    strokes.push({ width: width(), points: [position(event)] });
    changed();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    strokes.at(-1).points.push(...(moves.length ? moves : [event]).map(position));
    changed();
  });
  const lift = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    changed();
    ended();
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);

  return {
    get strokes() { return strokes; },
    set strokes(value) { [pointer, strokes] = [null, value]; },
  };
};
