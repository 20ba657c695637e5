// What a GradScaler did while the model trained in fp16, where its gradients lie, and the mistakes that are made with it.
"use strict";

{
const SIZE = { width: 640, height: 250, left: 60, right: 20, top: 16, bottom: 44 };
const LANES = 4, LANE = 15;

PP.benchScaler = (t, server) => {
  const percent = (value) => (value > 0 && value < 0.0005 ? "< 0.1 %" : PP.percent(value, 1));

  /** The scale of each step as its power of two; a skipped step is marked. */
  function scales(rows) {
    const powers = rows.map((row) => Math.log2(row.scale)), { width, height, left, right, top, bottom } = SIZE;
    const low = Math.floor(Math.min(...powers)) - 1, high = Math.ceil(Math.max(...powers)) + 1, every = Math.max(1, Math.round((high - low) / 5));
    const x = (place) => left + ((width - left - right) * (place + 0.5)) / rows.length, y = (power) => height - bottom - ((height - top - bottom) * (power - low)) / (high - low);
    const marks = Array.from({ length: high - low + 1 }, (_, place) => low + place).filter((power) => (power - low) % every === 0);
    const chart = PP.svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "pp-bench-chart", role: "img", "aria-label": t("scale_over_steps") }, PP.svg("g", { class: "pp-bench-grid" },
      ...marks.flatMap((power) => [PP.svg("line", { x1: left, x2: width - right, y1: y(power), y2: y(power) }), PP.svg("text", { x: left - 8, y: y(power) + 4, "text-anchor": "end" }, `2^${power}`)]),
      PP.svg("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle", class: "pp-bench-axis" }, t("steps_axis"))));
    chart.append(PP.svg("polyline", { class: "pp-bench-line", points: powers.map((power, place) => `${x(place)},${y(power)}`).join(" ") }));
    rows.forEach((row, place) => chart.append(
      PP.svg("circle", { class: `pp-bench-point ${row.skipped ? "pp-is-chosen" : ""}`, cx: x(place), cy: y(powers[place]), r: 5 }, PP.svg("title", {}, row.skipped ? t("skipped_step", { count: row.nonfinite_parameters }) : PP.number(row.loss))),
      rows.length <= 30 || place % 5 === 0 ? PP.svg("text", { class: "pp-bench-name", x: x(place), y: height - bottom + 18, "text-anchor": "middle" }, row.step) : null));
    return chart;
  }

  /** The exponents of all gradients over what each type can hold; the slider multiplies the loss. */
  function exponents(found) {
    const host = PP.make("div", {}), range = PP.make("input", { type: "range", min: 0, max: found.scales.length - 1, value: 0, class: "pp-bench-budget", "aria-label": t("loss_scale") }), said = PP.make("output", {});
    const types = Object.keys(found.ranges), most = Math.max(...found.counts, 1), { width, height, left, right, top, bottom } = SIZE;
    const low = Math.min(found.bins[0] ?? 0, -30), high = Math.max((found.bins.at(-1) ?? 0) + 25, 18), floor = height - bottom - LANES * LANE;
    const x = (power) => left + ((width - left - right) * (Math.min(Math.max(power, low), high) - low)) / (high - low);
    const marks = Array.from({ length: Math.floor((high - low) / 10) + 1 }, (_, place) => Math.ceil(low / 10) * 10 + place * 10).filter((power) => power <= high);
    function show() {
      const shift = Number(range.value);
      said.textContent = `× 2^${shift}`;
      const chart = PP.svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "pp-bench-chart", role: "img", "aria-label": t("exponents") });
      found.bins.forEach((bin, place) => { if (found.counts[place]) chart.append(PP.svg("rect", { class: "pp-bench-bin", x: x(bin + shift) + 0.5, width: Math.max(1, x(bin + shift + 1) - x(bin + shift) - 1), y: floor - ((floor - top) * found.counts[place]) / most, height: ((floor - top) * found.counts[place]) / most })); });
      types.forEach((type, place) => {
        const { smallest_subnormal: tiny, smallest_normal: small, largest } = found.ranges[type], y = floor + 5 + place * LANE;
        chart.append(PP.svg("rect", { class: "pp-bench-range pp-is-weak", x: x(tiny), width: x(small) - x(tiny), y, height: 8 }), PP.svg("rect", { class: "pp-bench-range", x: x(small), width: x(largest) - x(small), y, height: 8 }),
          PP.svg("text", { class: "pp-bench-name pp-is-small", x: x(small) + 4, y: y + 8 }, type));
      });
      chart.append(PP.svg("g", { class: "pp-bench-grid" }, ...marks.map((power) => PP.svg("text", { x: x(power), y: height - bottom + 20, "text-anchor": "middle" }, `2^${power}`))));
      const shares = found.scales[shift];
      host.replaceChildren(chart, PP.benchTable([
        { title: "dtype", left: true, cell: (type) => PP.make("code", {}, type) },
        { title: t("becomes_zero"), cell: (type) => percent(shares[type].zero) },
        { title: t("subnormal"), cell: (type) => percent(shares[type].subnormal) },
        { title: t("overflows"), cell: (type) => percent(shares[type].overflow) },
      ], types));
    }
    range.addEventListener("input", show);
    show();
    return PP.benchPart(t("exponents"), t("exponents_text"), PP.make("div", { class: "pp-bench-slider" }, PP.make("span", {}, t("loss_scale")), range, said), host);
  }

  function mistakes(found) {
    const happened = ({ error, warnings, measured }) => [...(error ? [PP.make("code", {}, error)] : []), ...warnings.map((text) => PP.make("small", {}, text)), ...Object.entries(measured).map(([name, value]) => PP.make("span", {}, `${name} = ${PP.number(value)}`))];
    return PP.benchPart(t("mistakes"), t("mistakes_text"), ...found.map((one) => PP.make("article", { class: "pp-bench-mistake" }, PP.make("p", {}, one.explained),
      PP.make("div", { class: "pp-bench-pair" },
        PP.make("div", {}, PP.make("b", {}, t("wrong")), PP.make("pre", {}, one.wrong_lines), PP.make("p", { class: "pp-bench-happened" }, ...happened(one.happened))),
        PP.make("div", {}, PP.make("b", {}, t("right")), PP.make("pre", {}, one.right_lines), PP.make("p", { class: "pp-bench-happened" }, ...happened(one.right_happened)))))));
  }

  function numbers(types) {
    const field = PP.make("input", { type: "text", value: "0.1", class: "pp-bench-number", "aria-label": t("number") }), host = PP.make("div", { "aria-live": "polite" });
    let turn = 0;
    async function show() {
      const mine = ++turn, answer = await server.bits({ text: field.value });
      if (mine !== turn) return;
      if (answer.error) return host.replaceChildren(PP.make("p", { class: "pp-bench-error" }, answer.error.message));
      const found = answer.found.dtypes;
      host.replaceChildren(PP.benchTable([
        { title: "dtype", left: true, cell: (row) => [PP.make("code", {}, row.dtype), PP.make("small", {}, t("bits_of", { exponent: row.exponent, mantissa: row.mantissa }))] },
        { title: t("bits"), left: true, cell: (row) => (found[row.dtype] ? PP.make("code", { class: "pp-bench-bits" }, ...["sign", "exponent", "mantissa"].map((part) => PP.make("span", { class: `pp-of-${part}` }, found[row.dtype].bits[part]))) : "–") },
        { title: t("stored"), cell: (row) => (found[row.dtype] ? PP.number(found[row.dtype].stored, 9) : "–") },
        { title: t("relative_error"), cell: (row) => (typeof found[row.dtype]?.relative_error === "number" ? found[row.dtype].relative_error.toExponential(1) : "–") },
        { title: t("largest"), cell: (row) => PP.number(row.largest, 4) },
        { title: t("smallest_normal"), cell: (row) => PP.number(row.smallest_normal, 3) },
        { title: t("epsilon"), cell: (row) => PP.number(row.epsilon, 3) },
      ], types));
    }
    field.addEventListener("input", show);
    show();
    return PP.benchPart(t("numbers"), t("numbers_text"), PP.make("div", { class: "pp-bench-slider" }, PP.make("span", {}, t("number")), field), host);
  }

  return (result) => {
    const rows = result.rows ?? [];
    const found = rows.length ? [PP.benchPart(t("scale_over_steps"), t("scale_text"), scales(rows), PP.benchTable([
      { title: t("step"), cell: (row) => row.step },
      { title: t("step_loss"), cell: (row) => PP.number(row.loss) },
      { title: t("loss_scale"), cell: (row) => row.scale.toLocaleString("en") },
      { title: t("growth"), cell: (row) => row.growth_tracker },
      { title: t("gradient_norm"), cell: (row) => PP.number(row.gradient_norm) },
      { title: t("nonfinite"), left: true, cell: (row) => (row.skipped ? [PP.make("b", { class: "pp-is-bad" }, t("skipped_step", { count: row.nonfinite_parameters })), PP.make("small", {}, row.nonfinite.slice(0, 3).map((one) => one.parameter).join(", "))] : "") },
    ], rows))] : [];
    if (result.exponents) found.push(exponents(result.exponents));
    if (result.mistakes) found.push(mistakes(result.mistakes));
    if (result.numbers) found.push(numbers(result.numbers));
    return found;
  };
};
}
