// The fold of a run on several processes: who they are, what each sees, and what their gradients and their talk measure.
"use strict";

PP.processes = (host, t) => {
  const FACTS = ["ranks", "one", "traffic", "memory", "speed"];
  const find = (name) => host.querySelector(name);
  const count = (number) => number.toLocaleString("en");
  const milliseconds = (seconds) => `${PP.number(1000 * seconds, 3)} ms`;
  let found = null, trial = null, traffic = null, lost = [];

  function reset() {
    found = trial = traffic = null;
    lost = [];
    host.hidden = true;
    find("tbody").replaceChildren();
    find(".pp-processes-help").textContent = t("help");
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

  const sharded = () => found.sharding === "fully_shard";
  const held = () => found.ranks.reduce((sum, rank) => sum + rank.parameters, 0);

  function rows() {
    find("tbody").replaceChildren(...found.ranks.map((rank) => PP.make("tr", { "data-pid": rank.pid },
      PP.make("th", { scope: "row" }, String(rank.rank)),
      PP.make("td", {}, String(rank.pid)),
      PP.make("td", {}, rank.device),
      PP.make("td", {}, String(rank.threads)),
      PP.make("td", {}, rank.parameters === undefined ? "–" : count(rank.parameters)),
      PP.make("td", {}, count(rank.images)),
      PP.make("td", {}, `${rank.indices.join(", ")} …`))));
  }

  function paint() {
    host.hidden = false;
    host.dataset.restarts = found.restarts;
    const values = { count: found.ranks.length, backend: found.backend, size: PP.bytes(found.gradient_bytes) };
    if (sharded()) {
      set(".pp-processes-help", t("help_sharded"));
      set(".pp-processes-facts dt:nth-of-type(3)", t("fact_exchange"));
    }
    set(".pp-processes-summary", (sharded()
      ? t("summary_sharded", { ...values, total: count(held()), share: PP.percent(Math.max(...found.ranks.map((rank) => rank.parameters)) / held(), 0) })
      : t("summary", values))
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

  function tellExchange() {
    const of = (name) => traffic.collectives.find((part) => part.name === name) ?? { calls: 0, bytes: 0, seconds: 0 };
    const [gather, scatter] = [of("all_gather"), of("reduce_scatter")];
    return t("exchange", {
      step: count(traffic.step), whole: milliseconds(traffic.step_seconds),
      gathered: PP.bytes(gather.bytes), gathers: gather.calls, gather_time: milliseconds(gather.seconds),
      scattered: PP.bytes(scatter.bytes), scatters: scatter.calls, scatter_time: milliseconds(scatter.seconds),
    });
  }

  const SAY = {
    ranks: () => sharded() ? t("ranks_sharded", { total: count(held()) }) : traffic && t(traffic.gradient_difference === 0 && traffic.weight_difference === 0 ? "ranks_equal" : "ranks_differ", {
      step: count(traffic.step), gradient: PP.number(traffic.gradient_difference, 3), weight: PP.number(traffic.weight_difference, 3),
    }),
    one: () => trial && [
      t(trial.reasons.length ? "one_differs" : "one_equal", {
        difference: PP.number(trial.gradient_difference, 3), largest: PP.number(trial.gradient_largest, 3),
      }),
      ...trial.reasons.map((reason) => t(`reason_${reason}`, { count: found.ranks.length })),
    ].join(" "),
    traffic: () => traffic && (sharded() ? tellExchange() : t("traffic", {
      step: count(traffic.step), size: PP.bytes(traffic.bytes), buckets: traffic.buckets, time: milliseconds(traffic.seconds),
      whole: milliseconds(traffic.step_seconds),
    })) + (trial ? t("traffic_alone", { time: milliseconds(trial.exchange_seconds ?? trial.all_reduce_seconds) }) : ""),
    memory: () => traffic?.memory?.length && [
      ...traffic.memory.map((bytes, rank) => t("memory", {
        rank, parameters: PP.bytes(bytes.parameters), gradients: PP.bytes(bytes.gradients), optimizer: PP.bytes(bytes.optimizer),
      })),
      ...(sharded() ? [t("memory_whole", { size: PP.bytes(traffic.memory[0].copy) })] : []),
    ].join(" "),
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
