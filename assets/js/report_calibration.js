// The calibration curve: accuracy against confidence, bin by bin, over how many images there are in each.
"use strict";

PP.calibrationChart = (t, { bins, ece, confidence, accuracy }) => {
  const WIDTH = 400, LEFT = 44, RIGHT = 10, TOP = 10, HEIGHT = 230, GAP = 20, COUNTS = 56, BOTTOM = 36;
  const wide = WIDTH - LEFT - RIGHT, base = TOP + HEIGHT, foot = base + GAP + COUNTS;
  const x = (share) => LEFT + wide * share, y = (share) => base - HEIGHT * share;
  const most = Math.log10(1 + Math.max(1, ...bins.map((bin) => bin.count)));
  const text = (at, up, words, anchor = "middle", kind = "") => PP.svg("text", { x: at, y: up, "text-anchor": anchor, class: kind }, words);
  const told = ({ low, high, count, ...bin }) => t("bin_name", { low: PP.percent(low, 0), high: PP.percent(high, 0), count, confidence: PP.percent(bin.confidence, 1), accuracy: PP.percent(bin.accuracy, 1) });
  const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    PP.svg("line", { class: "pp-grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(share), y2: y(share) }),
    text(LEFT - 6, y(share) + 4, PP.percent(share, 0), "end"),
    text(x(share), foot + 15, PP.percent(share, 0), share === 1 ? "end" : "middle")]);
  const bars = bins.filter((bin) => bin.count).map((bin) => {
    const left = x(bin.low) + 1, width = wide / bins.length - 2, tall = (COUNTS * Math.log10(1 + bin.count)) / most;
    return PP.svg("g", {}, PP.svg("title", {}, told(bin)),
      PP.svg("rect", { class: "pp-bin", x: left, width, y: y(bin.accuracy), height: HEIGHT * bin.accuracy }),
      PP.svg("circle", { class: "pp-bin-mean", cx: x(bin.confidence), cy: y(bin.accuracy), r: 3.5 }),
      PP.svg("rect", { class: "pp-bin-count", x: left, width, y: foot - tall, height: tall }));
  });
  const chart = PP.svg("svg", { class: "pp-calibration", viewBox: `0 0 ${WIDTH} ${foot + BOTTOM}`, role: "img", "aria-label": t("calibration") }, ...marks, ...bars,
    PP.svg("line", { class: "pp-ideal", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    text(LEFT + 6, TOP + 14, t("accuracy"), "start", "pp-axis"), text(LEFT + 6, base + GAP + 10, t("count_axis"), "start", "pp-axis"), text(WIDTH - RIGHT, foot + 31, t("confidence"), "end", "pp-axis"));
  const rows = bins.filter((bin) => bin.count).map((bin) => PP.make("tr", {}, PP.make("th", { scope: "row" }, `${PP.percent(bin.low, 0)} – ${PP.percent(bin.high, 0)}`), PP.make("td", {}, bin.count.toLocaleString("en")), PP.make("td", {}, PP.percent(bin.confidence)), PP.make("td", {}, PP.percent(bin.accuracy))));
  const heads = ["bin", "support", "confidence", "accuracy"].map((name) => PP.make("th", { scope: "col" }, t(name)));
  const table = PP.make("table", { class: "pp-class-table" }, PP.make("thead", {}, PP.make("tr", {}, ...heads)), PP.make("tbody", {}, ...rows));
  const verdict = confidence === null ? "" : t(confidence > accuracy ? "over" : "under", { confidence: PP.percent(confidence), accuracy: PP.percent(accuracy) });
  return [PP.make("p", { class: "pp-verdict" }, PP.make("b", {}, t("ece", { ece: PP.percent(ece) })), ` ${verdict}`), chart, PP.make("details", {}, PP.make("summary", {}, t("bins")), table)];
};
