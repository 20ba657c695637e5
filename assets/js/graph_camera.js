// What part of a drawing is seen: drag, wheel, pinch, keys and buttons move one camera {x, y, scale}. A wheel belongs to
// the page until the graph was clicked or Ctrl is held, as maps on the web do; two fingers pinch, or scroll the page.
"use strict";

{
const LEAST = 0.04, MOST = 3, MARGIN = 24, DRAG_PIXELS = 4, GLIDE_MS = 240, KEY_STEP = 60, READABLE = 0.6;

/** `svg` shows `content`, a group of it. size(): {width, height} of the drawing. onMove(camera) after each move. */
PP.graphCamera = ({ svg, content, size, signal, onMove, onHint }) => {
  const camera = { x: 0, y: 0, scale: 1 };
  let view = { width: 0, height: 0 }, glide = 0, dragged = false, fitted = true, waiting = null, armed = false;
  const pointers = new Map();
  const listen = (target, kind, callback, options = {}) => target.addEventListener(kind, callback, { signal, ...options });

  function apply() {
    content.setAttribute("transform", `translate(${camera.x} ${camera.y}) scale(${camera.scale})`);
    onMove(camera, view);
  }
  function set({ x, y, scale = camera.scale }) {
    Object.assign(camera, { x, y, scale });
    apply();
  }
  const stop = () => cancelAnimationFrame(glide);

  /** To a place, gliding unless the visitor wants no motion. */
  function go(target, smooth = true) {
    stop();
    const from = { ...camera }, to = { scale: camera.scale, ...target };
    if (!smooth || matchMedia("(prefers-reduced-motion: reduce)").matches) return set(to);
    const began = performance.now();
    const step = (now) => {
      const share = Math.min(1, Math.max(0, (now - began) / GLIDE_MS)), eased = 1 - (1 - share) ** 3;
      set(Object.fromEntries(["x", "y", "scale"].map((name) => [name, from[name] + (to[name] - from[name]) * eased])));
      if (share < 1) glide = requestAnimationFrame(step);
    };
    glide = requestAnimationFrame(step);
  }

  /** Hidden tabs have no size; what was asked for happens when they are opened. */
  const whenSeen = (action) => {
    if (view.width && view.height) action();
    else waiting = action;
  };

  function whole() {
    const { width, height } = size();
    const scale = Math.min((view.width - 2 * MARGIN) / Math.max(width, 1), (view.height - 2 * MARGIN) / Math.max(height, 1), 1.15);
    return { scale: Math.max(scale, LEAST / 4), width, height };
  }
  const fit = (smooth) => whenSeen(() => {
    const { scale, width, height } = whole();
    fitted = true;
    go({ scale, x: (view.width - width * scale) / 2, y: (view.height - height * scale) / 2 }, smooth);
  });
  /** All of it where that can be read; else its beginning. */
  const begin = (left) => whenSeen(() => {
    const { scale, width } = whole();
    if (scale >= READABLE) return fit(false);
    fitted = false;
    const wide = (view.width - 2 * MARGIN) / Math.max(width, 1), readable = Math.max(0.8, Math.min(1, wide));
    const x = width * readable <= view.width ? (view.width - width * readable) / 2 : Math.min(MARGIN, Math.max(view.width / 2 - left * readable, view.width - MARGIN - width * readable));
    return go({ scale: readable, x, y: MARGIN }, false);
  });

  function zoom(factor, x = view.width / 2, y = view.height / 2, smooth = false) {
    const scale = Math.min(MOST, Math.max(Math.min(LEAST, whole().scale), camera.scale * factor)), change = scale / camera.scale;
    fitted = false;
    go({ scale, x: x - (x - camera.x) * change, y: y - (y - camera.y) * change }, smooth);
  }
  function pan(x, y, smooth = false) {
    fitted = false;
    go({ x: camera.x + x, y: camera.y + y }, smooth);
  }

  /** Bring a box {x, y, width, height} of the drawing into view; `middle` = into the middle. */
  const reveal = (box, { middle = false, smooth = true } = {}) => whenSeen(() => {
    const half = { x: box.width / 2, y: box.height / 2 }, at = (axis) => camera[axis] + box[axis] * camera.scale;
    const inside = (axis, length) => at(axis) - half[axis] * camera.scale >= MARGIN && at(axis) + half[axis] * camera.scale <= length - MARGIN;
    if (inside("x", view.width) && inside("y", view.height)) return;
    fitted = false;
    const to = (axis, length) => (inside(axis, length) && !middle ? camera[axis] : length / 2 - box[axis] * camera.scale);
    // Where the drawing is longer than the view, none of the view is left empty at its ends.
    const within = (at, length, drawn) => (drawn * camera.scale + 2 * MARGIN <= length ? at : Math.min(MARGIN, Math.max(length - MARGIN - drawn * camera.scale, at)));
    const { width, height } = size();
    go({ x: within(to("x", view.width), view.width, width), y: within(to("y", view.height), view.height, height) }, smooth);
  });

  const local = (event) => {
    const box = svg.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  listen(svg, "wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !armed) return onHint(true);
    event.preventDefault();
    onHint(false);
    const { x, y } = local(event), lines = event.deltaMode === 1 ? 16 : 1;
    return zoom(Math.exp(-Math.max(-120, Math.min(120, event.deltaY * lines)) * (event.ctrlKey ? 0.006 : 0.002)), x, y);
  }, { passive: false });
  listen(svg, "pointerleave", () => { armed = false; });

  // One pointer drags; two are a pinch, or, when they move together, scroll the page.
  let pinch = null;
  listen(svg, "pointerdown", (event) => {
    if (event.button > 0) return;
    stop();
    armed = true;
    onHint(false);
    if (!pointers.size) dragged = false;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY, startX: event.clientX, startY: event.clientY });
    pinch = pointers.size === 2 ? { ...spread(), kind: "" } : null;
    if (pinch) {
      dragged = true;
      for (const id of pointers.keys()) svg.setPointerCapture(id);
    }
  });
  const spread = () => {
    const [one, two] = [...pointers.values()];
    return { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2, length: Math.hypot(one.x - two.x, one.y - two.y) || 1 };
  };
  function pinchMove(before) {
    const now = spread();
    if (!pinch.kind) {
      if (Math.abs(now.length - pinch.length) > 14) pinch.kind = "zoom";
      else if (Math.abs(now.y - pinch.y) > 14) pinch.kind = "scroll";
    }
    if (pinch.kind === "scroll") document.scrollingElement.scrollBy(0, before.y - now.y);
    if (pinch.kind !== "zoom") return;
    const { x, y } = local({ clientX: now.x, clientY: now.y });
    camera.x += now.x - before.x;
    camera.y += now.y - before.y;
    zoom(now.length / before.length, x, y);
  }
  listen(svg, "pointermove", (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    const before = pinch ? spread() : null, [x, y] = [event.clientX - pointer.x, event.clientY - pointer.y];
    if (!dragged && Math.hypot(event.clientX - pointer.startX, event.clientY - pointer.startY) < DRAG_PIXELS) return;
    if (!dragged) {
      dragged = true;
      svg.setPointerCapture(event.pointerId);
      svg.classList.add("pp-is-dragging");
    }
    Object.assign(pointer, { x: event.clientX, y: event.clientY });
    if (pinch) pinchMove(before);
    else pan(x, y);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    listen(svg, kind, (event) => {
      pointers.delete(event.pointerId);
      pinch = null;
      if (!pointers.size) svg.classList.remove("pp-is-dragging");
    });
  }
  // The click at the end of a drag is none.
  listen(svg, "click", (event) => { if (dragged && event.detail) event.stopImmediatePropagation(); }, { capture: true });
  listen(svg, "dblclick", (event) => {
    if (event.target.closest("[data-path]")) return;
    const { x, y } = local(event);
    zoom(1.6, x, y, true);
  });

  /** The camera's keys; true = this was one. */
  function key(event) {
    const step = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (step) pan(KEY_STEP * step[0], KEY_STEP * step[1]);
    else if (event.key === "+" || event.key === "=") zoom(1.25, undefined, undefined, true);
    else if (event.key === "-") zoom(0.8, undefined, undefined, true);
    else if (event.key === "f" || event.key === "0") fit(true);
    else return false;
    return true;
  }

  function resize(width, height) {
    const before = view;
    view = { width, height };
    if (!width || !height) return;
    if (waiting) {
      const action = waiting;
      waiting = null;
      action();
    } else if (fitted) fit(false);
    else if (before.width) set({ x: camera.x + (width - before.width) / 2, y: camera.y });
  }

  return { camera, fit, begin, zoom, pan, reveal, key, resize, set: (to) => { stop(); set(to); }, keep: () => { fitted = false; }, stop };
};
}
