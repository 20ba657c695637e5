// Everything about one node of the graph: gradients, formula, chain rule, saved tensors, times, proof, what if.
"use strict";

{
const SLOW_MS = 250, ROWS_MOST = 6;

/** A tensor as it was: a grid of numbers, or an image where they are many. */
const picture = (tensor, label) => {
  if (!tensor?.shape) return null;
  const { value, image, shape, dtype = "float32", summary, largest } = tensor;
  const column = shape.length === 2 && shape[1] === 1 && shape[0] > ROWS_MOST && value; // a tower of numbers hides all else
  if (column) return PP.cells.grid({ shape: [shape[0]], values: value.flat(), dtype, summary: summary ?? { min: -(largest ?? 0), max: largest ?? 0 }, label }).node;
  if (value !== null && value !== undefined) return PP.cells.grid({ shape, values: value, dtype, summary: summary ?? { min: -(largest ?? 0), max: largest ?? 0 }, label }).node;
  const node = PP.make("div", { class: "pp-grids" }, PP.make("span", { class: "pp-grid-label" }, label));
  if (image) node.append(PP.cells.image({ image, summary }));
  return node;
};

const micro = (seconds) => (seconds === null || seconds === undefined ? "–" : seconds < 1e-3 ? `${PP.number(seconds * 1e6, 2)} µs` : `${PP.number(seconds * 1e3, 3)} ms`);
const KERNELS = { t: "transpose", nll_loss_forward: "nll_loss", _log_softmax: "log_softmax", _softmax: "softmax", native_batch_norm: "batch_norm", native_layer_norm: "layer_norm", max_pool2d_with_indices: "max_pool2d" };
/** The operation as learners know it; what works in place keeps its underscore. */
PP.kernelName = (op) => {
  const name = op.replace(/^aten\./, "").replace(/\.\w+$/, "");
  return KERNELS[name] ?? name;
};
/** addmm of aten.addmm.default, max of Tensor.max. */
PP.operationName = ({ kind, op, name }) => (kind === "op" ? PP.kernelName(op) : kind === "cut" ? op.replace(/^\w+\./, "").replace(/^__(\w+)__$/, "$1") : op) || name;
const numbers = (values) => (values.length === 1 ? PP.plainNumber(values[0], 5) : `[${values.map((one) => PP.plainNumber(one, 4)).join(", ")}]`);

/** `ask(question)`: a promise of the server's answer; `name(id)`: how a node is called; `edit(edits)`: what if. */
PP.autogradInspector = ({ element, t, ask, name, edit, select, edits }) => {
  let shown = null, turn = 0;

  const section = (title, ...children) => {
    const parts = children.flat().filter(Boolean);
    return parts.length ? PP.make("section", {}, PP.make("h4", {}, title), ...parts) : null;
  };
  const link = (id) => {
    const button = PP.make("button", { type: "button", class: "pp-node-link" }, name(id));
    button.addEventListener("click", () => select(id));
    return button;
  };

  /** `node`: as in the overview; its details follow. */
  async function show(node, where) {
    const mine = ++turn;
    if (!node) {
      element.replaceChildren(PP.make("p", { class: "pp-empty" }, t("choose_node")));
      return;
    }
    // What was shown stays until the answer is there, so that nothing flickers; a slow one is told by the title at once.
    // Its controls are those of the node before, and would act on that one.
    for (const control of element.querySelectorAll("button, input, select")) control.disabled = shown?.id !== node.id;
    const slow = setTimeout(() => mine === turn && element.replaceChildren(head(node)), SLOW_MS);
    const answer = await ask({ ask: "node", node: node.id, pass: where.pass, edited: where.edited });
    clearTimeout(slow);
    if (mine !== turn) return;
    const top = shown?.id === node.id ? element.scrollTop : 0;
    shown = { id: node.id, where: where.key };
    if (answer.error) {
      element.replaceChildren(head(node), PP.make("p", { class: "pp-empty" }, answer.error.message));
      return;
    }
    element.replaceChildren(head(node), ...body(node, answer, where).filter(Boolean));
    element.scrollTop = top;
  }

  function head(node) {
    const title = node.kind === "leaf" ? node.label || t("leaf") : PP.operationName(node);
    return PP.make("header", {},
      PP.make("h3", {}, title, node.label && node.kind !== "leaf" ? PP.make("span", { class: "pp-badge" }, node.label) : null),
      PP.make("p", { class: "pp-op" }, node.kind === "cut" ? t(`cut_${node.reason}`) : node.name, node.module ? ` · ${node.module}` : ""),
      node.line ? PP.make("p", { class: "pp-source" }, PP.make("b", {}, t("line", { line: node.line })), " ", PP.make("code", {}, node.source)) : null,
      node.order === 2 ? PP.make("p", { class: "pp-op" }, t("second_order")) : null);
  }

  function body(node, details, where) {
    const arrived = details.incoming.length > 0;
    return [
      section(t("forward_value"), details.outputs.map((output, place) => picture(output, `${PP.shape(output.shape ?? [])} ${output.dtype ?? ""}${details.outputs.length > 1 ? ` · ${place}` : ""}`))),
      arrived ? section(t(node.kind === "leaf" ? "leaf_gradient" : "incoming"), details.incoming.map((part) => (part.shape ? picture(part, PP.shape(part.shape)) : PP.make("p", { class: "pp-empty" }, t("no_gradient"))))) : null,
      section(t("outgoing"), details.outgoing.map((part) => PP.make("div", { class: "pp-outgoing" }, PP.make("span", {}, "→ ", link(part.to)), part.shape ? picture(part, PP.shape(part.shape)) : PP.make("span", { class: "pp-empty" }, t("no_gradient"))))),
      section(t("chain"), details.chain.map(chain)),
      section(t("mathematics"), details.mathematics.length ? PP.make("pre", { class: "pp-mathematics" }, details.mathematics.join("\n")) : null),
      section(t("formula"), details.formula.map(formula)),
      (arrived || node.freed) && node.kind !== "leaf" ? section(t("saved"), saved(details, node, where)) : null,
      node.kind === "op" || node.kind === "custom" ? section(t("time"), PP.make("p", {}, t("times", { forward: micro(details.forward_seconds), backward: micro(details.backward_seconds) }))) : null,
      arrived && (node.kind === "op" || node.kind === "custom") ? proof(node, where) : null,
      arrived ? whatIf(node, where) : null,
    ];
  }

  function chain({ to, incoming, local, outgoing }) {
    const matrix = local.map((row) => row.map((one) => PP.plainNumber(one, 4)));
    const middle = matrix.length === 1 && matrix[0].length === 1 ? matrix[0][0]
      : PP.make("table", { class: "pp-matrix" }, ...matrix.map((row) => PP.make("tr", {}, ...row.map((one) => PP.make("td", {}, one)))));
    return PP.make("div", { class: "pp-chain" }, PP.make("span", {}, "→ ", link(to)),
      PP.make("div", {}, PP.make("span", { class: "pp-came" }, numbers(incoming)), " · ", middle, " = ", PP.make("b", {}, numbers(outgoing))));
  }

  function formula({ input, text, names }) {
    const known = names.map((one) => `${one.name}: ${one.text ?? (one.tensor ? `${PP.shape(one.tensor.shape)}${typeof one.tensor.value === "number" ? ` = ${PP.number(one.tensor.value)}` : ""}` : "–")}`);
    return PP.make("div", { class: "pp-formula" }, PP.make("code", {}, PP.make("i", {}, `${input}: `), text), known.length ? PP.make("small", {}, known.join(" · ")) : null);
  }

  function saved(details, node, where) {
    const tensors = details.saved.filter((one) => one.shape);
    if (node.freed && !tensors.length) return PP.make("p", { class: "pp-freed" }, t("freed"));
    if (!tensors.length) return PP.make("p", { class: "pp-empty" }, t("nothing_saved"));
    return [
      node.freed && where.over ? PP.make("p", { class: "pp-freed" }, t("freed")) : null,
      PP.make("table", { class: node.freed && where.over ? "pp-saved pp-is-freed" : "pp-saved" }, ...tensors.map((one) =>
        PP.make("tr", {}, PP.make("th", {}, one.name), PP.make("td", {}, PP.shape(one.shape)), PP.make("td", {}, PP.bytes(one.bytes))))),
    ];
  }

  function proof(node, where) {
    const button = PP.make("button", { type: "button", class: "pp-button pp-prove" }, t("prove")), place = PP.make("div", { class: "pp-proof", "aria-live": "polite" });
    button.addEventListener("click", async () => {
      button.disabled = true;
      place.replaceChildren(PP.make("p", { class: "pp-empty" }, t("proving")));
      const answer = await ask({ ask: "prove", node: node.id, pass: where.pass });
      button.disabled = false;
      place.replaceChildren(...(answer.error ? [PP.make("p", { class: "pp-empty" }, answer.error.message)] : answer.proof.inputs.map(proven)));
    });
    return section(t("proof"), PP.make("p", { class: "pp-empty" }, t("proof_text")), button, place);
  }

  function proven(input) {
    if (input.reason && !input.checked) return PP.make("p", {}, PP.make("b", {}, input.name), " ", input.reason);
    const verdict = input.passed ? t("proved") : t("not_proved");
    return PP.make("p", { class: input.passed ? "pp-proved" : "pp-refuted" }, PP.make("b", {}, `${input.name} ${PP.shape(input.shape)}`), ` ${verdict} `,
      PP.make("span", {}, t("largest_error", { error: PP.number(input.largest_relative, 2), count: input.checked })),
      input.left_out ? PP.make("span", {}, ` ${t("left_out", { count: input.left_out })}`) : null, input.reason ? ` ${input.reason}` : null);
  }

  function whatIf(node, where) {
    const known = edits().find((one) => one.node === node.id && one.backward === where.pass);
    const kind = PP.make("select", { "aria-label": t("edit_kind") }, ...["scale", "zero", "clip", "noise", "nan"].map((one) => PP.make("option", { value: one, selected: known?.kind === one }, t(`edit_${one}`))));
    const amount = PP.make("input", { type: "text", inputmode: "decimal", value: String(known?.amount ?? 2), "aria-label": t("edit_amount") });
    const apply = PP.make("button", { type: "button", class: "pp-button pp-apply-edit" }, t("edit_apply"));
    const fit = () => { amount.hidden = kind.value === "zero" || kind.value === "nan"; };
    kind.addEventListener("change", fit);
    fit();
    const run = () => {
      const number = Number(amount.value.replace(",", "."));
      amount.setAttribute("aria-invalid", String(!Number.isFinite(number)));
      if (!Number.isFinite(number)) return;
      edit([...edits().filter((one) => one.node !== node.id), { backward: where.pass, node: node.id, kind: kind.value, amount: number }]);
    };
    apply.addEventListener("click", run);
    amount.addEventListener("keydown", (event) => event.key === "Enter" && run());
    const undo = PP.make("button", { type: "button", class: "pp-button pp-undo-edits" }, t("edit_undo"));
    undo.hidden = !edits().length;
    undo.addEventListener("click", () => edit([]));
    return section(t("what_if"), PP.make("p", { class: "pp-empty" }, t("what_if_text")), PP.make("div", { class: "pp-edit" }, kind, amount, apply, undo));
  }

  return { show };
};
}
