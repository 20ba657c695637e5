// What the devices of this machine can do, and a model's step beneath their roof.
"use strict";

{
const SIZE = { width: 640, height: 340, left: 66, right: 34, top: 16, bottom: 52 };

PP.benchDevices = (t) => {
  const giga = (value) => PP.number(value / 1e9, 3), speed = (value) => `${giga(value)} GFLOP/s`;

  /** Both axes grow by tens: the roof rises with memory and is level where arithmetic sets the limit. */
  function roofline({ roofs, model, kernels }) {
    const { width, height, left, right, top, bottom } = SIZE, roof = roofs[0], ridge = roof.flops_per_second / roof.bytes_per_second;
    // A product of n×n matrices of 4 bytes: 2n³ operations, 12n² bytes.
    const products = kernels.filter((row) => row.kind === "matmul" && row.device === roof.device && row.dtype === roof.dtype).map((row) => ({ x: row.size / 6, y: row.flops_per_second, name: `matmul ${row.size}` }));
    const xs = [0.1, ridge / 4, model.intensity, ...products.map((point) => point.x), ridge * 10], ys = [model.flops_per_second, ...products.map((point) => point.y), roof.flops_per_second];
    const range = (values) => [Math.floor(Math.log10(Math.min(...values))), Math.ceil(Math.log10(Math.max(...values)))];
    const [xLow, xHigh] = range(xs), [yLow, yHigh] = range(ys);
    const x = (value) => left + ((width - left - right) * (Math.log10(value) - xLow)) / (xHigh - xLow), y = (value) => height - bottom - ((height - top - bottom) * (Math.log10(value) - yLow)) / (yHigh - yLow);
    const powers = (low, high) => Array.from({ length: high - low + 1 }, (_, place) => 10 ** (low + place));
    const floor = 10 ** yLow, start = Math.max(10 ** xLow, floor / roof.bytes_per_second);
    const grid = PP.svg("g", { class: "pp-bench-grid" },
      ...powers(yLow, yHigh).flatMap((value) => [PP.svg("line", { x1: left, x2: width - right, y1: y(value), y2: y(value) }), PP.svg("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, giga(value))]),
      ...powers(xLow, xHigh).map((value) => PP.svg("text", { x: x(value), y: height - bottom + 23, "text-anchor": "middle" }, PP.number(value, 2))),
      PP.svg("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle", class: "pp-bench-axis" }, t("intensity")),
      PP.svg("text", { transform: `translate(13 ${(height - bottom + top) / 2}) rotate(-90)`, "text-anchor": "middle", class: "pp-bench-axis" }, t("flops")));
    const corner = [[start, start * roof.bytes_per_second], [ridge, roof.flops_per_second], [10 ** xHigh, roof.flops_per_second]];
    const dot = (point, kind, radius) => PP.svg("circle", { class: `pp-bench-point ${kind}`, cx: x(point.x), cy: y(point.y), r: radius }, PP.svg("title", {}, `${point.name}: ${speed(point.y)}`));
    return PP.svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "pp-bench-chart", role: "img", "aria-label": t("roof") }, grid,
      PP.svg("polyline", { class: "pp-bench-roof", points: corner.map(([at, value]) => `${x(at)},${y(value)}`).join(" ") }),
      ...products.map((point) => dot(point, "pp-is-small", 4)),
      PP.svg("line", { class: "pp-bench-limit", x1: x(model.intensity), x2: x(model.intensity), y1: y(model.flops_per_second), y2: y(model.roof) }),
      dot({ x: model.intensity, y: model.flops_per_second, name: t("step_point") }, "pp-is-chosen", 8),
      PP.svg("text", { class: "pp-bench-name", x: x(model.intensity) + 13, y: y(model.flops_per_second) + 4 }, t("step_point")));
  }

  /** With and without waiting for the device: what differs is what it still had to do when the call came back. */
  function race({ size, rows, reason }) {
    return PP.benchPart(t("race"), "", ...reason.map((text) => PP.make("p", { class: "pp-bench-told" }, text)), PP.benchTable([
      { title: t("kernel"), left: true, cell: (row) => t(`race_${row.kind}`, { size }) },
      { title: t("device"), left: true, cell: (row) => PP.make("code", {}, row.device) },
      { title: t("first_call"), cell: (row) => PP.shortTime(row.first_seconds) },
      { title: t("without_waiting"), cell: (row) => PP.shortTime(row.unsynchronised_seconds) },
      { title: t("with_waiting"), cell: (row) => PP.shortTime(row.synchronised_seconds) },
    ], rows));
  }

  return (result) => {
    if (!result.model) return [];
    const threads = result.threads.map((row) => ({ name: t("thread_count", { count: row.threads }), value: row.step_seconds, text: PP.shortTime(row.step_seconds), kind: row.step_seconds === Math.min(...result.threads.map((one) => one.step_seconds)) ? "pp-is-best" : "" }));
    return [PP.benchPart(t("roof"), t("roof_text"), roofline(result)), threads.length > 1 ? PP.benchPart(t("threads"), "", PP.benchBars(t("bar_time"), threads)) : "",
      result.race ? race(result.race) : "",
      PP.benchPart(t("kernels"), "", PP.benchTable([
        { title: t("kernel"), left: true, cell: (row) => PP.make("code", {}, row.kind) },
        { title: t("size"), cell: (row) => row.size },
        { title: "dtype", left: true, cell: (row) => PP.make("code", {}, row.dtype) },
        { title: t("device"), left: true, cell: (row) => PP.make("code", {}, row.device) },
        { title: t("speed"), cell: (row) => speed(row.flops_per_second) },
      ], result.kernels)),
      PP.benchPart(t("copies"), "", PP.benchTable([
        { title: t("size"), cell: (row) => PP.bytes(row.bytes) },
        { title: t("device"), left: true, cell: (row) => PP.make("code", {}, row.device) },
        { title: t("speed"), cell: (row) => `${giga(row.bytes_per_second)} GB/s` },
      ], result.copies))];
  };
};
}
