// The fold of a run on several processes: who they are, what each sees, and what their gradients and their talk measure.
"use strict";

PP.processes = (host, t) => {
  const FACTS = ["ranks", "one", "traffic", "speed"];
  const find = (name) => host.querySelector(name);
  const count = (number) => number.toLocaleString("en");
  const milliseconds = (seconds) => `${PP.number(1000 * seconds, 3)} ms`;
  let found = null, trial = null, traffic = null, lost = [];

  function reset() {
    found = trial = traffic = null;
    lost = [];
    host.hidden = true;
    find("tbody").replaceChildren();
    find("dl").replaceChildren(...FACTS.flatMap((name) => [
      PP.make("dt", {}, t(`fact_${name}`)), PP.make("dd", { class: `pp-process-${name}` }, "–"),
    ]));
  }

  const TAKE = {
    processes: (event) => {
      found = event;
      trial = event.trial ?? trial;
      if (event.restarts && lost.length) lost.at(-1).from = event.from_step;
      rows();
    },
    traffic: (event) => { traffic = event; },
    lost: (event) => { lost.push({ ...event, from: null }); },
  };

  /** An event of the run; the others are not about processes. */
  function add(event) {
    TAKE[event.type]?.(event);
    if (found) paint();
  }

  function rows() {
    find("tbody").replaceChildren(...found.ranks.map((rank) => PP.make("tr", { "data-pid": rank.pid },
      PP.make("th", { scope: "row" }, String(rank.rank)),
      PP.make("td", {}, String(rank.pid)),
      PP.make("td", {}, rank.device),
      PP.make("td", {}, String(rank.threads)),
      PP.make("td", {}, count(rank.images)),
      PP.make("td", {}, `${rank.indices.join(", ")} …`))));
  }

  function paint() {
    host.hidden = false;
    host.dataset.restarts = found.restarts;
    const size = PP.bytes(found.gradient_bytes);
    set(".pp-processes-summary", t("summary", { count: found.ranks.length, backend: found.backend, size })
      + (traffic ? t("summary_time", { time: milliseconds(traffic.seconds) }) : "")
      + (found.restarts ? t("summary_restarts", { count: found.restarts }) : ""));
    const notice = find(".pp-processes-lost");
    notice.hidden = !lost.length;
    notice.textContent = lost.map(tellLoss).join(" ");
    for (const name of FACTS) set(`.pp-process-${name}`, SAY[name]() || "–");
  }

  function tellLoss({ rank, pid, signal, exit_code, restarts_left, from }) {
    return t("lost", { rank, pid, how: signal || exit_code, left: restarts_left })
      + (from === null ? "" : t("again", { step: count(from + 1) }));
  }

  const SAY = {
    ranks: () => traffic && t(traffic.gradient_difference === 0 && traffic.weight_difference === 0 ? "ranks_equal" : "ranks_differ", {
      step: count(traffic.step), gradient: PP.number(traffic.gradient_difference, 3), weight: PP.number(traffic.weight_difference, 3),
    }),
    one: () => trial && [
      t(trial.reasons.length ? "one_differs" : "one_equal", {
        difference: PP.number(trial.gradient_difference, 3), largest: PP.number(trial.gradient_largest, 3),
      }),
      ...trial.reasons.map((reason) => t(`reason_${reason}`, { count: found.ranks.length })),
    ].join(" "),
    traffic: () => traffic && t("traffic", {
      step: count(traffic.step), size: PP.bytes(traffic.bytes), buckets: traffic.buckets, time: milliseconds(traffic.seconds),
      whole: milliseconds(traffic.step_seconds),
    }) + (trial ? t("traffic_alone", { time: milliseconds(trial.all_reduce_seconds) }) : ""),
    speed: () => trial && t(trial.speedup >= 1 ? "faster" : "slower", {
      alone: milliseconds(trial.alone_seconds), threads: trial.alone_threads, together: milliseconds(trial.together_seconds),
      count: found.ranks.length, speedup: PP.number(trial.speedup, 3),
      share: PP.percent(trial.speedup / found.ranks.length, 0),
    }),
  };

  function set(place, text) {
    const node = find(place);
    if (node.textContent !== text) node.textContent = text;
  }

  reset();
  return { reset, add };
};
