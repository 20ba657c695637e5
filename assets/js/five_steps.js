// The five steps of training as the lines of the run's own script; in slow motion the one that runs is lit, with what it made.
"use strict";

/** element: the fold; ask(): promise of the lines [{text, part}]; slow(on): turns slow motion on or off. */
PP.fiveSteps = (element, t, { ask, slow }) => {
  const find = (name) => element.querySelector(`.pp-${name}`);
  const box = find("slow"), list = find("five-lines");
  let asked = null, lit = 0, rows = [];

  const norm = (value) => PP.number(value, 3);
  const TOLD = {
    1: () => t("part_zero"),
    2: ({ images, logits }) => `${PP.shape(images)} → ${PP.shape(logits)}`,
    3: ({ loss }) => PP.number(loss, 4),
    4: ({ gradient_norm }) => t("part_gradient", { norm: norm(gradient_norm) }),
    5: ({ update_norm, weight_norm }) => (update_norm === undefined ? "" : t("part_update", { update: norm(update_norm), weights: norm(weight_norm) })),
  };

  function paint(lines) {
    rows = lines.map(({ text, part }) => {
      const told = PP.make("span", { class: "pp-five-told" }), row = PP.make("li", { "data-part": part || null }, PP.make("code", {}, text || " "), told);
      return { part, row, told };
    });
    list.replaceChildren(...rows.map(({ row }) => row));
  }

  /** The lines of another run, or of this one with what it has settled on. */
  async function load() {
    if (!element.open || asked) return;
    const mine = asked = {};
    const answer = await ask();
    if (mine !== asked) return;
    if (answer) paint(answer);
    else asked = null;
  }
  element.addEventListener("toggle", load);
  box.addEventListener("change", () => {
    if (box.checked) element.open = true;
    slow(box.checked);
  });

  return {
    load,
    reset() {
      asked = null;
      lit = 0;
      rows = [];
      list.replaceChildren();
      find("five-where").textContent = "";
    },
    isSlow: () => box.checked,
    /** The newest of the parts that were told. */
    show(event) {
      element.dataset.part = event.part;
      const cycle = event.part === 1 || event.step !== lit;
      lit = event.step;
      for (const { part, row, told } of rows) {
        if (cycle && part !== event.part) told.textContent = "";
        row.classList.toggle("pp-is-lit", part === event.part);
        if (part === event.part) told.textContent = TOLD[part](event.values);
      }
      find("five-where").textContent = event.micro_batches > 1 && event.part > 1 && event.part < 5
        ? t("part_micro", { step: event.step.toLocaleString("en"), micro: event.micro_batch, micros: event.micro_batches }) : t("part_step", { step: event.step.toLocaleString("en") });
    },
    /** The step is over and nothing is lit: it is not in slow motion any more. */
    rest() {
      for (const { row } of rows) row.classList.remove("pp-is-lit");
    },
  };
};
