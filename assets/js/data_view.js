// The Data section of Train: which of its parts is open, and the calls of the server that they share.
"use strict";

PP.dataParts = PP.dataParts ?? {};

PP.dataView = ({ element, props, server, watch, emit }) => {
  const t = PP.words(props.words), root = element.querySelector(".pp-data");
  const failure = root.querySelector(".pp-error"), buttons = [...root.querySelectorAll("[data-section]")];
  const panel = (name) => root.querySelector(`#data-${name}`);
  const parts = {};
  let open = buttons[0].dataset.section, visible = false;

  const tell = (words) => { failure.textContent = words; failure.hidden = !words; };
  const settings = () => props.value ?? {};

  /** A call of the server; null, with the reason on the page, where it fails. */
  async function call(name, given = {}) {
    let answer = null;
    try {
      answer = await server[name]({ settings: settings(), ...given });
    } catch {
      answer = null; // the server restarts, or the network is away
    }
    tell(answer && !answer.error ? "" : answer?.error.message ?? t("no_answer"));
    return answer && !answer.error ? answer : null;
  }

  /** Only what is seen is asked for; a part that was seen with other settings asks again. */
  function show() {
    if (!visible) return;
    parts[open] ??= PP.dataParts[open]({ root: panel(open), t, call, tell, props, settings, emit, server, open: (name) => choose(name, true) });
    const key = JSON.stringify(settings());
    if (parts[open].shown === key) return;
    parts[open].shown = key;
    parts[open].show();
  }

  function choose(name, focus = false) {
    open = name;
    tell("");
    for (const button of buttons) {
      const chosen = button.dataset.section === name;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      if (chosen && focus) button.focus();
      panel(button.dataset.section).hidden = !chosen;
    }
    show();
  }
  for (const [place, button] of buttons.entries()) {
    button.addEventListener("click", () => choose(button.dataset.section));
    button.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) choose(buttons[(place + step + buttons.length) % buttons.length].dataset.section, true);
    });
  }
  new IntersectionObserver((entries) => { visible = entries.at(-1).isIntersecting; show(); }).observe(root);
  watch("value", show);
};
