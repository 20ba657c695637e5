// Scale: the same model trained by one process, DDP, model parallelism and FSDP; and a planner that does the arithmetic.
"use strict";

PP.benchScale = (t, server) => {
  const KINDS = ["parameters", "gradients", "optimizer", "activations"];
  const FIELDS = [["parameters", 1e6], ["batch", 1], ["gpus", 1], ["memory_bytes", 2 ** 30], ["activation_bytes", 1e6]];
  const LABELS = { parameters: "parameters", batch: "batch", gpus: "gpus", memory_bytes: "memory", activation_bytes: "activation" };
  const times = (value) => `× ${PP.number(value, 3)}`;

  function strategies(rows) {
    return PP.benchPart(t("scale_strategies"), t("scale_strategies_text"), PP.benchTable([
      { title: t("scale_strategy"), left: true, cell: (row) => t(`scale_${row.strategy}`) },
      { title: t("step_time"), cell: (row) => PP.shortTime(row.step_seconds) },
      { title: t("scale_speedup"), cell: (row) => times(row.speedup) },
      { title: t("scale_efficiency"), cell: (row) => PP.percent(row.efficiency, 0) },
      { title: t("scale_memory"), cell: (row) => PP.bytes(row.rank_bytes) },
      { title: t("scale_sent"), cell: (row) => PP.bytes(row.sent_bytes) },
      { title: t("scale_off"), cell: (row) => PP.number(row.loss_difference, 2) },
    ], rows));
  }

  function ranks(rows) {
    const flat = rows.flatMap((row) => row.ranks.map((rank) => ({ ...rank, strategy: row.strategy })));
    return PP.benchPart(t("scale_ranks"), t("scale_ranks_text"), PP.benchTable([
      { title: t("scale_strategy"), left: true, cell: (rank) => t(`scale_${rank.strategy}`) },
      { title: t("scale_process"), left: true, cell: (rank) => `${rank.rank} (${rank.pid})` },
      ...KINDS.map((kind) => ({ title: t(kind), cell: (rank) => PP.bytes(rank[kind]) })),
      { title: t("scale_talk"), left: true, wrap: true, cell: (rank) => rank.talk.map((entry) => `${entry.name} (${entry.calls}): ${PP.bytes(entry.bytes)}`).join(", ") || "–" },
      { title: t("scale_layers"), left: true, wrap: true, cell: (rank) => rank.layers },
    ], flat));
  }

  function planner(start) {
    const answer = PP.make("div", { class: "pp-plan-answer", "aria-live": "polite" });
    const inputs = Object.fromEntries(FIELDS.map(([name, unit]) => [name, PP.make("input", {
      type: "number", class: `pp-plan-${LABELS[name]}`, value: Number((start[name] / unit).toPrecision(6)), min: 0, step: "any",
    })]));
    const recipe = PP.make("select", { class: "pp-plan-recipe" }, ...["mixed", "fp32"].map((name) => PP.make("option", { value: name }, t(`plan_${name}`))));
    recipe.value = start.recipe;
    let asked = 0;

    async function ask() {
      const mine = ++asked;
      const given = Object.fromEntries(FIELDS.map(([name, unit]) => [name, inputs[name].value === "" ? null : Number(inputs[name].value) * unit]));
      let found = null;
      try {
        found = await server.plan({ given: { ...given, recipe: recipe.value } });
      } catch {
        found = { error: { message: t("reconnecting") } };
      }
      if (mine === asked) answer.replaceChildren(...(found.error ? [PP.make("p", { class: "pp-error" }, found.error.message)] : show(found)));
    }

    function show(plan) {
      const head = plan.chosen ? t("plan_chosen", { strategy: t(`plan_${plan.chosen}`) })
        : plan.least_gpus ? t("plan_more", { gpus: plan.least_gpus.toLocaleString("en") }) : t("plan_never");
      return [PP.make("p", { class: "pp-plan-head" }, head), PP.benchTable([
        { title: t("scale_strategy"), left: true, cell: (row) => t(`plan_${row.strategy}`) },
        { title: t("plan_total"), cell: (row) => PP.bytes(Math.round(row.total)) },
        { title: t("plan_fits"), cell: (row) => t(row.fits ? "plan_yes" : "plan_no") },
        { title: t("scale_sent"), cell: (row) => PP.bytes(Math.round(row.sent)) },
        { title: t("plan_lines"), left: true, wrap: true, cell: (row) => row.lines.map((line) => PP.make("span", { class: "pp-plan-line" }, line)) },
      ], plan.rows)];
    }

    for (const field of [...Object.values(inputs), recipe]) field.addEventListener("input", ask);
    ask();
    return PP.benchPart(t("plan"), t("plan_text"), PP.make("div", { class: "pp-plan-form" },
      ...FIELDS.map(([name]) => PP.make("label", {}, t(`plan_${LABELS[name]}`), inputs[name])),
      PP.make("label", {}, t("plan_recipe"), recipe)), answer);
  }

  return ({ rows, plan }) => (rows.length ? [strategies(rows), ranks(rows), planner(plan)] : []);
};
