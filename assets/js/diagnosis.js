// A card beneath the chart: what goes wrong in this run, with its numbers, and one change to try.
"use strict";

/** ask(): the findings of the run shown; cure(name): start the change that a finding suggests. */
PP.diagnosis = (host, t, { ask, cure }) => {
  const EVERY_MS = 3000, OVER = new Set(["done", "stopped", "failed"]);
  let run = null, seen = "", asked = -Infinity, busy = false;

  function reset(next) {
    run = next;
    [seen, asked] = ["", -Infinity];
    show([]);
  }

  function show(findings) {
    host.hidden = !findings.length;
    host.dataset.findings = findings.map(({ name }) => name).join(" ");
    host.replaceChildren(...findings.map(({ name, title, text, change, from_step: step }) => {
      const button = PP.make("button", { type: "button", class: "pp-button pp-cure", "data-finding": name }, t("try", { change }));
      const where = PP.make("span", { class: "pp-cure-note" }, step === null ? t("anew") : t("fork_from", { step: step.toLocaleString("en") }));
      button.addEventListener("click", () => cure(name));
      return PP.make("section", {}, PP.make("h3", {}, title), PP.make("p", {}, text), PP.make("p", { class: "pp-cure-row" }, button, where));
    }));
  }

  /** Asks again when there is something new, every few seconds while it trains and once when it has ended. */
  async function paint(current) {
    const over = OVER.has(current.state) || Boolean(current.example && current.done);
    const mark = `${current.last?.step ?? 0} ${over}`;
    if (current !== run || busy || mark === seen || !current.last || (!over && performance.now() - asked < EVERY_MS)) return;
    [busy, seen, asked] = [true, mark, performance.now()];
    const answer = await ask().catch(() => null); // the server is away: the monitor says so
    busy = false;
    if (current !== run || !answer || answer.error) return;
    if (JSON.stringify(answer.findings) !== host.dataset.told) {
      host.dataset.told = JSON.stringify(answer.findings);
      show(answer.findings);
    }
  }
  return { reset: (next) => { delete host.dataset.told; reset(next); }, paint };
};
