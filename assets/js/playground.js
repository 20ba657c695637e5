// Shared by all components of the page: numbers as text, colours of the theme, and calls to the server.
"use strict";

window.PP = window.PP || {};

PP.openTab = new URLSearchParams(location.search).get("tab") ?? "start";
PP.links = { [PP.openTab]: new URLSearchParams(location.search) };

PP.color = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();

/** A number for people: `digits` significant ones, "–" for none; "nan" and "inf" come as text and stay text. */
PP.number = (value, digits = 4) => {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "string") return value;
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(Math.min(digits - 1, 2));
  return Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 8 });
};

/** A loss, or a mark of its axis: short, however large. uPlot gives null for a mark without a number. */
PP.mark = (value, digits = 3) => (value === null ? "" : Math.abs(value) >= 1e5 ? Number(value.toPrecision(3)).toExponential().replace("e+", "e") : PP.number(value, digits));

/** How long an axis of steps is: doubled from the shortest whenever the curve comes to its end, at most the whole run. */
PP.axisLength = (reached, planned, shortest) => Math.max(reached, Math.min(planned || Infinity, shortest * 2 ** Math.max(0, Math.ceil(Math.log2(reached / shortest)))), 1);

PP.percent = (value, digits = 2) => (typeof value === "number" ? `${(100 * value).toFixed(digits)} %` : "–");

/** A size in the units of memory: 1.5 MB. */
PP.bytes = (count) => {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let place = 0;
  while (count >= 1000 && place < units.length - 1) { count /= 1000; place += 1; }
  return `${place ? PP.number(count, 3) : count} ${units[place]}`;
};

/** A measured time: with tenths below a minute. */
PP.seconds = (seconds) => (seconds < 60 ? `${seconds.toFixed(1)} s` : PP.duration(seconds));

PP.duration = (seconds) => {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

/** An element: PP.make("div", {class: "a", title: "b"}, child or text, …). Text is always text, never HTML. */
PP.make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

/** The catalogue's words of one component, with {placeholders}; of "one|many" the part that the value `count` asks for. */
PP.words = (catalogue) => (key, values = {}) => {
  const entry = catalogue[key] ?? key, [one, many = one] = "count" in values ? entry.split("|") : [entry];
  return (values.count === 1 ? one : many).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
};

/** Work that may wait until what was just painted is seen; a page that is hidden shows no frames and does not wait. */
PP.afterFrame = (work) => (document.hidden ? setTimeout(work) : requestAnimationFrame(() => setTimeout(work)));

/** Follow work on the server: `read` it every `every` milliseconds (a hidden page: 2 s) and give each answer to `heed`, until
 * that says false or `wanted` does. `away`: there is no answer, because the server restarts, or the network is away. */
PP.follow = async ({ wanted, read, heed, away, every }) => {
  const slow = 2000, rest = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });
  while (wanted()) {
    let answer = null;
    try {
      answer = await read();
    } catch {
      if (!wanted()) return;
      away();
      await rest(slow);
      continue;
    }
    if (!wanted() || !heed(answer)) return;
    await rest(document.hidden ? slow : every);
  }
};

/** Call back when the theme changes between light and dark. */
PP.onTheme = (callback) => {
  let dark = document.body.classList.contains("dark");
  new MutationObserver(() => {
    const now = document.body.classList.contains("dark");
    if (now !== dark) {
      dark = now;
      callback();
    }
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
};

PP.setTheme = (theme) => {
  localStorage.setItem("pp-theme", theme);
  document.body.classList.toggle("dark", theme === "dark");
  const query = new URLSearchParams(location.search);
  if (!query.has("__theme")) return;
  query.set("__theme", theme); // a link that names a theme names the new one
  history.replaceState(null, "", `${location.pathname}?${query}`);
};

// What the visitor chose stands: Gradio sets the system's theme when it mounts, and again when the system's changes.
PP.keepTheme = () => {
  const chosen = localStorage.getItem("pp-theme");
  if (!chosen || new URLSearchParams(location.search).has("__theme")) return;
  if (document.body.classList.contains("dark") !== (chosen === "dark")) document.body.classList.toggle("dark");
};
PP.onTheme(PP.keepTheme);
PP.keepTheme();

/** Keep one tab's state as a link; `null`, "" and defaults are left out. The open tab's link stands in the address bar. */
PP.writeLink = (tab, values, defaults = {}) => {
  const query = new URLSearchParams();
  query.set("tab", tab);
  for (const [name, value] of Object.entries(values)) {
    const same = JSON.stringify(value) === JSON.stringify(defaults[name]);
    if (value !== null && value !== undefined && value !== "" && !same) query.set(name, String(value));
  }
  PP.links[tab] = query;
  if (tab === PP.openTab) PP.showTab(tab);
};

// Until the visitor does something the address is the link that he opened: Gradio sends it with the page's first events,
// and the first tab, which is selected for a moment, must not be taken for his choice.
for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, () => { PP.touched = true; }, { capture: true, once: true });

/** A tab was opened, or its link has changed: it goes into the address bar; another tab is a step that Back goes back. */
PP.showTab = (tab) => {
  if (!PP.touched) return;
  const another = tab !== PP.openTab;
  const theme = new URLSearchParams(location.search).get("__theme");
  const query = new URLSearchParams(PP.links[tab] ?? { tab });
  if (theme) query.set("__theme", theme);
  PP.openTab = tab;
  history[another ? "pushState" : "replaceState"](null, "", `${location.pathname}?${query}`);
  PP.refreshLanguageLinks();
};

// Back and Forward open the tab of the address; what stands in it is what the visitor left there.
window.addEventListener("popstate", () => {
  const tab = new URLSearchParams(location.search).get("tab") ?? "start";
  if (tab === PP.openTab) return;
  PP.openTab = tab; // so that opening it is no new step
  document.getElementById(`tab-${tab}-button`)?.click();
});

/** The other language's page keeps the state of this one. */
PP.refreshLanguageLinks = () => {
  for (const link of document.querySelectorAll("a[data-language]")) {
    link.href = link.dataset.language + location.search;
  }
};

document.addEventListener("click", (event) => {
  const toggle = event.target.closest?.("[data-theme-toggle]");
  if (toggle) PP.setTheme(document.body.classList.contains("dark") ? "light" : "dark");
});
document.addEventListener("pointerover", (event) => {
  if (event.target.closest?.("a[data-language]")) PP.refreshLanguageLinks();
});
