// What a trained network does on its test set. The confusion matrix is there at once; the rest is asked for when it is seen.
"use strict";

PP.reportView = ({ element, props, server, watch }) => {
  const t = PP.words(props.words), root = element.querySelector(".pp-report");
  const find = (name) => root.querySelector(name), part = (name) => find(`[data-part=${name}]`);
  const state = find(".pp-report-state"), failure = find(".pp-error");
  const script = { value: {}, words: props.words }, kept = new Map();
  let showScript = () => {}, run = "", names = [], matrix = null, visible = false, wanted = false, turn = 0, projection = null;
  PP.codeView({ element: find(".pp-report-code"), props: script, watch: (_, callback) => { showScript = callback; } });

  /** A call of the server; null, with the reason on the page, where it fails. */
  async function call(name, given) {
    const asked = run;
    let answer = null;
    try {
      answer = await server[name]({ run_id: asked, ...given });
    } catch {
      answer = null; // the server restarts, or the network is away
    }
    if (asked !== run) return null;
    tell(answer && !answer.error ? "" : answer?.error.message ?? t("no_answer"));
    return answer && !answer.error ? answer : null;
  }
  const tell = (words) => { failure.textContent = words; failure.hidden = !words; };
  const say = (words) => { state.textContent = words; state.hidden = !words; };
  const put = (name, ...nodes) => {
    for (const old of part(name).querySelectorAll(":scope > [data-made]")) old.remove();
    for (const node of nodes) { node.dataset.made = ""; part(name).append(node); }
  };

  function showMatrix(confusion) {
    matrix = PP.confusionMatrix(t, confusion, names, showCell);
    find(".pp-report-scroll").replaceChildren(matrix.node);
  }

  async function showCell(label, answer) {
    const now = ++turn, found = await call("cell", { label, answer });
    if (!found || now !== turn) return;
    const words = { label: names[label], answer: names[answer], count: found.count };
    const right = label === answer, shown = found.items.length;
    const title = PP.make("h3", {}, found.count ? t(right ? "cell_right" : "cell_wrong", words) : t("cell_none", words));
    const order = found.count > 1 ? t(right ? "least_confident" : "most_confident") : "";
    const some = shown < found.count ? t("shown", { shown }) : "";
    const items = found.items.map(({ index, confidence }) => ({ label: t("picture", { index, confidence: PP.percent(confidence, 1) }), lines: [PP.percent(confidence, 1)] }));
    part("cell").replaceChildren(title, PP.make("p", {}, [order, some].filter(Boolean).join(" ")), PP.digitList(found.pixels, items));
    part("cell").dataset.cell = `${label} ${answer}`;
  }

  async function load() {
    wanted = false;
    say(t("working"));
    const answer = await call("report", {});
    say("");
    if (!answer) { wanted = Boolean(run); return; } // opened again, it asks again
    const { report } = answer;
    names = report.class_names;
    showMatrix(report.confusion);
    if (report.unanswered) say(t("unanswered", { count: report.unanswered.toLocaleString("en") }));
    find(".pp-report-rest").hidden = false; // before its charts are drawn: they look how wide they are
    put("classes", PP.classTable(t, report));
    put("calibration", ...PP.calibrationChart(t, report.calibration));
    const made = PP.projection(t, report.projection, names, askImage);
    projection = made.paint ?? null;
    put("projection", ...(made.nodes ?? made));
    projection?.();
    const items = report.mistakes.map(({ index, label, answer: read, confidence }) => {
      const sure = PP.percent(confidence, 1), told = t("point_wrong", { label: names[label], answer: names[read] });
      return { label: t("picture", { index, confidence: sure }), lines: [told, sure] };
    });
    put("mistakes", items.length ? PP.digitList(report.pixels, items) : PP.make("p", {}, t("no_mistakes")));
    script.value = answer.script;
    showScript();
    root.dataset.run = run;
    const worst = PP.worstCell(report.confusion);
    matrix.select(...worst);
    showCell(...worst);
  }

  async function askImage(index) {
    if (!kept.has(index)) {
      const found = await call("images", { indices: [index] });
      if (!found) return null;
      kept.set(index, PP.digitBytes(found.pixels));
    }
    return kept.get(index);
  }

  function show() {
    const value = props.value ?? {};
    root.hidden = !value.run_id;
    if (!value.run_id) { run = ""; wanted = false; return; }
    if (value.run_id === run) return;
    run = value.run_id;
    names = value.class_names;
    turn += 1;
    kept.clear();
    tell("");
    delete root.dataset.run;
    find(".pp-report-rest").hidden = true;
    part("cell").replaceChildren();
    delete part("cell").dataset.cell;
    showMatrix(value.confusion);
    wanted = true;
    if (visible) load();
  }
  // A run that ends while another tab is open costs the machine nothing more until its results are looked at.
  new IntersectionObserver((entries) => {
    visible = entries.at(-1).isIntersecting;
    if (visible && wanted) load();
  }).observe(root);
  PP.onTheme(() => projection?.());
  show();
  watch("value", show);
};
