// The error of a learner's program: its line with what failed underlined, what went in, and the fixes that were run.
"use strict";

/** `between`: nodes between the reason and the fixes; `take(code)`: a fix was chosen. */
PP.programError = ({ box, result, t, take, between = [] }) => {
  const { error, failure, fixes } = result;
  box.hidden = !error;
  if (!error) return;
  const parts = [PP.make("p", { class: "pp-reason" }, error.line ? PP.make("b", {}, `${t("line", { line: error.line })} `) : null, error.message)];
  const line = failure?.line ?? error.line, text = (result.code ?? "").split("\n")[line - 1];
  if (line && text !== undefined) parts.unshift(quote(text, failure?.span, line));
  parts.push(...between);
  if (fixes.length) parts.push(PP.make("h4", {}, t("fixes_title")), PP.make("ul", { class: "pp-fixes" }, ...fixes.map(choice)));
  box.replaceChildren(...parts);

  /** The line with its failing part underlined; columns count bytes of UTF-8. */
  function quote(source, span, number) {
    const node = PP.make("pre", { class: "pp-quote" }, PP.make("span", { class: "pp-line" }, String(number)));
    if (!span || span[0] !== number) return node.append(source), node;
    const bytes = new TextEncoder().encode(source), decode = (from, to) => new TextDecoder().decode(bytes.slice(from, to));
    const end = span[2] === number ? span[3] : bytes.length;
    node.append(decode(0, span[1]), PP.make("u", {}, decode(span[1], end)), decode(end));
    return node;
  }

  function choice(fix) {
    const before = result.code.split("\n");
    const changed = fix.code.trimEnd().split("\n").find((row, place) => row !== before[place])?.trim() ?? "";
    const button = PP.make("button", { type: "button", class: "pp-fix" }, PP.make("span", {}, fix.label), PP.make("code", {}, changed),
      fix.shape ? PP.make("i", {}, `→ ${PP.shape(fix.shape)}`) : null);
    button.addEventListener("click", () => take(fix.code));
    return PP.make("li", {}, button);
  }
};
