// The steps of a program as its loops have them: consecutive steps of one loop together, turn by turn.
"use strict";

const TURNS_LEAST = 3; // fewer are read more easily one below the other

/**
 * [{step: index} | {loop: {line, turns}, turns: [{turn, steps: [index]}]}] of the steps with these indices.
 * `depth`: how many loops around them are open already.
 */
PP.groupLoops = ({ steps, loops }, indices, depth = 0) => {
  const parts = [];
  for (const index of indices) {
    const [run, turn] = steps[index].loops[depth] ?? [];
    const last = parts.at(-1);
    if (run === undefined) parts.push({ step: index });
    else if (last?.run === run) {
      if (last.turns.at(-1).turn === turn) last.turns.at(-1).steps.push(index);
      else last.turns.push({ turn, steps: [index] });
    } else parts.push({ run, loop: loops[run], turns: [{ turn, steps: [index] }] });
  }
  return parts.flatMap((part) => (part.loop && part.turns.length < TURNS_LEAST
    ? PP.groupLoops({ steps, loops }, part.turns.flatMap(({ steps: own }) => own), depth + 1) : part));
};

/** A loop's turn to look at, with buttons and a slider to the others. `draw`: indices → nodes; `start`: where it opens. */
PP.loopStepper = ({ loop, turns }, draw, t, start) => {
  let place = start;
  const button = (sign, label, by) => {
    const node = PP.make("button", { type: "button", class: "pp-turn", "aria-label": label, title: label }, sign);
    node.addEventListener("click", () => show(place + by));
    return node;
  };
  const back = button("‹", t("turn_before"), -1), on = button("›", t("turn_after"), 1);
  const label = PP.make("span", { class: "pp-turn-label", "aria-live": "polite" });
  const slider = PP.make("input", { type: "range", min: 0, max: turns.length - 1, value: start, "aria-label": t("turns", { line: loop.line }) });
  slider.addEventListener("input", () => show(Number(slider.value)));
  const body = PP.make("div", { class: "pp-loop-body" });

  function show(wanted) {
    place = Math.min(Math.max(wanted, 0), turns.length - 1);
    const { turn, steps } = turns[place];
    slider.value = place;
    label.textContent = t("turn", { turn: turn.toLocaleString("en"), turns: loop.turns.toLocaleString("en") });
    slider.setAttribute("aria-valuetext", label.textContent);
    back.disabled = place === 0;
    on.disabled = place === turns.length - 1;
    body.replaceChildren(...draw(steps));
  }

  show(start);
  return PP.make("section", { class: "pp-loop", "aria-label": t("turns", { line: loop.line }) },
    PP.make("div", { class: "pp-loop-bar" }, PP.make("span", { class: "pp-loop-title" }, t("turns", { line: loop.line })), back, label, on, slider), body);
};
