// The failure lessons: the list is chosen from, both programs of a lesson are followed while they run.
"use strict";

{
const POLL_MS = 120, SIDES = ["broken", "cured"];

PP.lessonsView = ({ element, props, server, watch, emit }) => {
  const t = PP.words(props.words), find = (name) => element.querySelector(`.pp-lesson-${name}`), host = element.querySelector(".pp-lesson");
  const row = element.closest(".pp-train-row"), list = document.querySelector("#lesson-list"), kept = new Map();
  let about = null, charts = [], run = null, turn = 0;

  // ---- choosing
  async function open(lesson) {
    const mine = ++turn;
    for (const button of list.querySelectorAll("button")) button.toggleAttribute("aria-current", button.dataset.lesson === lesson);
    showChosen();
    let found = kept.get(lesson);
    if (!found) {
      try {
        found = await server.about({ lesson });
      } catch {
        if (mine === turn) tell(t("reconnecting"));
        return;
      }
      if (found.error) { if (mine === turn) tell(found.error.message); return; }
      kept.set(lesson, found);
    }
    if (mine !== turn) return;
    about = found;
    for (const name of ["title", "wrong", "cure", "look"]) find(name).textContent = about[name];
    find("text").innerHTML = about.text; // escaped by the server
    PP.lessonLines(find("lines"), about.lines, t);
    for (const chart of charts) chart.destroy();
    charts = about.charts.map((spec) => PP.lessonChart(find("charts"), spec, about.length, about.charts.length > 1 ? 150 : 240, t));
    host.dataset.lesson = about.lesson;
    begin(null);
    tell("");
    PP.writeLink("train", { lesson: about.lesson });
    props.value = { lesson: about.lesson };
    emit.find({});
  }
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-lesson]");
    if (button) open(button.dataset.lesson);
  });

  // ---- what the page says
  function take() {
    const value = props.value ?? {};
    if (!about || value.lesson !== about.lesson) return;
    if (value.failed) {
      begin(null);
      tell(value.failed);
      return;
    }
    if (value.run && value.run !== run?.id) follow(value.run);
  }
  function tell(message) {
    find("error").textContent = message;
    find("error").hidden = !message;
  }

  // ---- following
  function begin(id) {
    run = id ? { id, next: {}, reached: { broken: 0, cured: 0 } } : null;
    for (const chart of charts) chart.clear();
    find("verdict").hidden = find("facts").hidden = true;
    find("facts tbody").replaceChildren();
    paint(id ? "starting" : "ready", t(id ? "starting" : "ready"));
  }
  function follow(id) {
    const mine = ++turn;
    tell("");
    begin(id);
    PP.follow({
      wanted: () => mine === turn,
      read: () => server.read({ run: id, since: run.next }),
      heed,
      away: () => { find("state").textContent = t("reconnecting"); },
      every: POLL_MS,
    });
  }
  /** What the server says; whether more is to come. */
  function heed(answer) {
    if (answer.error) {
      paint("failed", t("failed"));
      tell(answer.error.message);
      return false;
    }
    advance(answer);
    return !["done", "stopped", "failed"].includes(answer.state);
  }
  function advance(answer) {
    for (const side of SIDES) {
      run.next[side] = answer[side].next;
      for (const line of answer[side].rows) {
        run.reached[side] = Math.max(run.reached[side], line[about.charts[0].across] ?? 0);
        for (const chart of charts) chart.add(side, line);
      }
      if (answer[side].seconds !== null) run.reached[side] = about.length;
    }
    for (const chart of charts) chart.paint();
    const place = (side) => PP.number(run.reached[side], 6), seconds = (side) => PP.seconds(answer[side].seconds);
    const words = {
      queued: () => t("queued", { place: answer.place }),
      running: () => t("running_at", { broken: place("broken"), cured: place("cured") }),
      done: () => t("done", { broken: seconds("broken"), cured: seconds("cured") }),
      stopped: () => t("stopped"),
      failed: () => t("failed"),
    };
    paint(answer.state, words[answer.state]());
    if (answer.failure) tell(answer.failure.message);
    if (answer.verdict) ended(answer);
  }
  function ended(answer) {
    find("verdict").textContent = answer.verdict.text;
    find("verdict").classList.toggle("pp-not-shown", !answer.verdict.shown);
    find("facts tbody").replaceChildren(...answer.broken.facts.map(({ label, text, name }, place) => PP.make("tr", { "data-fact": name },
      PP.make("th", { scope: "row" }, label), PP.make("td", {}, text), PP.make("td", {}, answer.cured.facts[place].text))));
    find("verdict").hidden = find("facts").hidden = false;
  }
  function paint(state, words) {
    const live = ["starting", "queued", "running"].includes(state);
    host.dataset.state = state;
    find("state").textContent = words;
    find("run").disabled = live;
    find("run").querySelector("span").textContent = t(run && !live ? "again" : "run");
    find("stop").disabled = !live || state === "starting";
    const share = run ? (run.reached.broken + run.reached.cured) / (2 * (about?.length ?? 1)) : 0;
    find("bar").style.width = `${100 * Math.min(1, share)}%`;
  }

  // ---- what the learner does
  find("run").addEventListener("click", () => {
    if (!about) return;
    turn += 1;
    tell("");
    begin(null);
    paint("starting", t("starting"));
    props.value = { lesson: about.lesson, time: Date.now() };
    emit.start({});
  });
  find("stop").addEventListener("click", () => {
    if (run) server.stop({ run: run.id }).catch(() => tell(t("reconnecting")));
  });
  for (const button of element.querySelectorAll("[data-file]")) {
    button.addEventListener("click", () => {
      const side = button.dataset.file;
      const link = PP.make("a", { href: URL.createObjectURL(new Blob([about[side]], { type: "text/x-python" })), download: `${side}.py` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  /** On a phone the list is a line that is wider than the page. */
  function showChosen() {
    const chosen = list.querySelector("[aria-current]"), line = list.querySelector("ol");
    if (!chosen) return;
    const { left, width } = chosen.getBoundingClientRect(), frame = line.getBoundingClientRect();
    line.scrollLeft += left - frame.left - (frame.width - width) / 2;
  }

  /** The lesson that the address names, else the first. */
  function linked() {
    const names = [...list.querySelectorAll("button")].map((button) => button.dataset.lesson), asked = new URLSearchParams(location.search).get("lesson");
    return names.includes(asked) ? asked : names[0];
  }
  // The list takes the place of the settings while the lessons are seen.
  let settings = null;
  new IntersectionObserver((entries) => {
    const seen = entries.at(-1).isIntersecting || element.offsetParent !== null;
    if (seen === row.classList.contains("pp-lessons-open")) return;
    row.classList.toggle("pp-lessons-open", seen);
    if (seen) settings = PP.links.train;
    if (seen && about) PP.writeLink("train", { lesson: about.lesson });
    if (seen && !about) open(linked());
    if (seen) showChosen();
    if (!seen && settings) {
      settings.delete("lesson");
      PP.links.train = settings;
      if (PP.openTab === "train" && element.closest("[id]") && row.offsetParent !== null) PP.showTab("train");
    }
  }).observe(element);
  PP.onTheme(() => { for (const chart of charts) chart.rebuild(); });
  watch("value", take);
};
}
