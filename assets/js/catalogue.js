// The catalogue of operations: search, examples, and the help of the editor beside it.
"use strict";

const COMPLETIONS = 5;

PP.catalogue = ({ element, props, server, emit }) => {
  const t = PP.words(props.words);
  const find = (selector) => element.querySelector(selector);
  const search = find(".pp-search"), list = find(".pp-ops");
  const help = () => document.querySelector("#tensor-help .pp-help");
  let operations = null, asked = null;

  const load = () => (asked ??= server.operations({}).then((answer) => {
    operations = answer.operations ?? [];
    paint();
  }));

  /** How well an operation answers a word: 0 its name, 1 begins its name, 2 a word of its name, … Infinity: not at all. */
  function rank({ name, meaning, category }, word) {
    const full = name.toLowerCase(), last = full.split(".").pop(), said = meaning.toLowerCase();
    const ranks = [
      last === word || full === word,
      last.startsWith(word) || full.startsWith(word),
      full.split(/[._]/).some((part) => part.startsWith(word)),
      full.includes(word),
      said.split(/[^\p{L}\p{N}]+/u).some((part) => part.startsWith(word)),
      said.includes(word) || category.toLowerCase().includes(word),
    ];
    const best = ranks.indexOf(true);
    return best < 0 ? Infinity : best;
  }

  /** The operations that answer every word, the best first; all of them in their order where nothing is asked for. */
  function matching(words) {
    const ranked = operations.map((op) => ({ op, rank: words.reduce((sum, word) => sum + rank(op, word), 0) }));
    return ranked.filter((one) => one.rank < Infinity).sort((one, other) => one.rank - other.rank).map(({ op }) => op);
  }

  function paint() {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const matches = matching(words);
    find(".pp-found").textContent = matches.length > 1 ? t("found", { count: matches.length }) : t(matches.length ? "found_one" : "nothing");
    let category = "";
    list.scrollTop = 0;
    list.replaceChildren(...matches.flatMap((op) => {
      const parts = [];
      // What is ranked stands in no categories.
      if (!words.length && op.category !== category) parts.push(PP.make("h4", {}, category = op.category));
      const button = PP.make("button", { type: "button", title: t("example") }, PP.make("code", {}, op.name), PP.make("span", {}, op.meaning));
      button.addEventListener("click", () => {
        props.value = { chosen: op.program };
        emit.pick({});
        showHelp({ word: op.name, complete: false });
      });
      parts.push(PP.make("div", { class: "pp-operation" }, button,
        PP.make("a", { href: op.url, target: "_blank", rel: "noopener", title: t("documentation"), "aria-label": `${t("documentation")}: ${op.name}` }, "↗")));
      return parts;
    }));
  }

  find("details").addEventListener("toggle", load, { once: true });
  search.addEventListener("input", () => operations && paint());

  // Help for the word at the caret or under the mouse, and completions of what is being typed.
  const nameAt = (text, place) => {
    const before = text.slice(0, place).match(/[\w.]*$/)[0], after = text.slice(place).match(/^\w*/)[0];
    return { word: before + after, prefix: before, complete: !after, call: callAround(text.slice(0, place)) };
  };
  /** The name whose brackets are still open at the end of a text: that of `torch.cat([x, ` is torch.cat. */
  const callAround = (text) => {
    let open = 0;
    for (let place = text.length - 1; place >= 0; place--) {
      if (text[place] === ")") open++;
      if (text[place] === "(" && open-- === 0) {
        const name = text.slice(0, place).match(/[\w.]*$/)[0];
        if (name) return name;
        open = 0; // a bracket that only groups
      }
    }
    return "";
  };
  const lookup = (word) => {
    const last = word.split(".").pop().replace(/_$/, "");
    return operations.find((op) => op.name === word) ?? (word.includes(".") && !/^(torch|F|nn)\./.test(word)
      ? operations.find((op) => (op.method || op.name.startsWith("Tensor.")) && op.name.split(".").pop() === last) : null);
  };
  const completions = (prefix) => {
    const parts = prefix.split("."), last = parts.pop(), owner = parts.join(".");
    if (!prefix.includes(".") || !last) return []; // f(x).so has an owner without a name
    const library = /^(torch|F|torch\.\w+)$/.test(owner);
    return operations.filter((op) => {
      const name = op.name.split(".").pop();
      const fits = library ? op.name === `${owner}.${name}` : op.method || op.name.startsWith("Tensor.");
      return fits && name.startsWith(last) && name !== last;
    }).slice(0, COMPLETIONS).map((op) => ({ op, rest: op.name.split(".").pop().slice(last.length) }));
  };

  /** How it is called: of x.sum the method's form, of torch.sum those of the function. */
  const signaturesOf = (op, word) => {
    const isMethod = op.name.startsWith("Tensor.") || !/^(torch|F|nn)\./.test(word);
    const [first, second] = isMethod ? [op.method_signatures, op.signatures] : [op.signatures, op.method_signatures];
    const forms = first.length ? first : second;
    return forms.length ? forms : [op.name];
  };

  function showHelp({ word, prefix, complete, call }) {
    if (!operations) return;
    const named = lookup(word) ? word : call ?? "", op = lookup(named), next = complete ? completions(prefix) : [];
    if (!op && !next.length) { // the last help stays to be read; what completed another word is over
      for (const button of help().querySelectorAll(".pp-completion")) button.remove();
      return;
    }
    const buttons = next.map(({ op: { name, meaning }, rest }, place) => {
      const button = PP.make("button", { type: "button", class: "pp-completion", title: meaning, "data-rest": rest }, PP.make("kbd", {}, String(place + 1)), name.split(".").pop());
      button.addEventListener("pointerdown", (event) => { event.preventDefault(); insert(rest); });
      return button;
    });
    const told = op ? [...signaturesOf(op, named).map((form) => PP.make("code", {}, form)), PP.make("span", {}, op.meaning)] : [];
    help().replaceChildren(...buttons, ...told);
    help().scrollTop = 0;
  }

  const insert = (text) => {
    document.querySelector("#tensor-code .cm-content")?.focus();
    document.execCommand("insertText", false, text); // the editor listens to it as to typing
  };

  document.addEventListener("selectionchange", () => {
    if (caretLine()) load().then(helpAtCaret);
  });
  const caretLine = () => {
    const node = getSelection()?.focusNode;
    return (node?.nodeType === 3 ? node.parentElement : node)?.closest?.("#tensor-code .cm-line");
  };
  function helpAtCaret() {
    const line = caretLine(), selection = getSelection();
    if (!line) return;
    const range = document.createRange();
    range.selectNodeContents(line);
    range.setEnd(selection.focusNode, selection.focusOffset);
    showHelp(nameAt(line.textContent, range.toString().length));
  }
  document.addEventListener("pointermove", (event) => {
    const line = event.target.closest?.("#tensor-code .cm-line");
    const caret = line && document.caretPositionFromPoint?.(event.clientX, event.clientY);
    if (!caret?.offsetNode || !line.contains(caret.offsetNode)) return;
    load();
    const range = document.createRange();
    range.selectNodeContents(line);
    range.setEnd(caret.offsetNode, caret.offset);
    const place = nameAt(line.textContent, range.toString().length);
    if (operations && lookup(place.word)) showHelp({ ...place, complete: false });
  }, { passive: true });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !/^[1-5]$/.test(event.key) || !event.target.closest?.("#tensor-code")) return;
    const button = help().querySelectorAll(".pp-completion")[Number(event.key) - 1];
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    insert(button.dataset.rest);
  }, true);
};
