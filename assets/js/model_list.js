// A model as a list of layers that is edited: pure functions from one list to the next, so that undo is a list of lists.
"use strict";

PP.modelList = {};

{
/** A layer of a spec with what the page needs: `off` = left out, `key` = itself wherever it goes. */
let count = 0;
const dressed = (layer) => ({
  key: ++count, type: layer.type, name: layer.name ?? "", arguments: { ...layer.arguments }, off: Boolean(layer.off),
  trainable: layer.trainable ?? true, layers: (layer.layers ?? []).map(dressed),
});
PP.modelList.open = (spec) => ({ ...spec, layers: (spec.layers ?? []).map(dressed) });

/** The spec of what is on; with `whole`, as the page keeps it, layers that are off stay in it and are marked. */
PP.modelList.spec = (model, whole = false) => {
  const plain = (layer) => ({
    type: layer.type, ...(layer.name ? { name: layer.name } : {}), ...(Object.keys(layer.arguments).length ? { arguments: layer.arguments } : {}),
    ...(layer.layers.length ? { layers: all(layer.layers) } : {}), ...(layer.trainable ? {} : { trainable: false }), ...(layer.off ? { off: true } : {}),
  });
  const all = (layers) => layers.filter((layer) => whole || !layer.off).map(plain);
  const { input_shape, initialization, name, version } = model;
  return { version, name, input_shape, initialization, layers: all(model.layers) };
};

/** The rows of the list from top to bottom: {layer, path: as in the checked rows, depth, siblings, index, off, frozen}. Numbers in a path count
 * the layers that are on; the first copy stands for all that a Repeat makes. */
PP.modelList.rows = (model) => {
  const rows = [];
  const walk = (layers, prefix, depth, off, held) => {
    let place = 0;
    layers.forEach((layer, index) => {
      const gone = off || layer.off, frozen = held || !layer.trainable, path = gone ? null : `${prefix}${layer.name || place}`;
      rows.push({ layer, path, depth, siblings: layers, index, off: gone, frozen });
      if (!gone) place += 1;
      walk(layer.layers, layer.type === "Repeat" ? `${path}.0.` : `${path}.`, depth + 1, gone, frozen);
    });
  };
  walk(model.layers, "", 0, false, false);
  return rows;
};

const change = (model, key, work) => {
  const inside = (layers) => layers.flatMap((layer) => (layer.key === key ? work(layer) : [{ ...layer, layers: inside(layer.layers) }]));
  return { ...model, layers: inside(model.layers) };
};
PP.modelList.remove = (model, key) => change(model, key, () => []);
PP.modelList.update = (model, key, values) => change(model, key, (layer) => [{ ...layer, ...values }]);
/** Among layers with names a new one gets its own: dropout, dropout2, … */
const named = (model, key, layer) => {
  const siblings = key === null ? model.layers : PP.modelList.rows(model).find((row) => row.layer.key === key)?.siblings ?? [];
  if (!siblings.some(({ name }) => name)) return { ...layer, name: "" };
  const taken = new Set(siblings.map(({ name }) => name)), base = layer.type.toLowerCase();
  let name = base;
  for (let number = 2; taken.has(name); number++) name = `${base}${number}`;
  return { ...layer, name };
};
PP.modelList.duplicate = (model, key) => change(model, key, (layer) => [layer, dressed(named(model, key, layer))]);
/** Behind a layer, or where that is a container that is empty into it; at the end where none is chosen. */
PP.modelList.insert = (model, key, layer) => {
  const made = dressed(named(model, key, layer));
  if (key === null) return [{ ...model, layers: [...model.layers, made] }, made.key];
  return [change(model, key, (one) => [one, made]), made.key];
};
PP.modelList.into = (model, key, layer) => {
  const made = dressed(layer);
  return [change(model, key, (one) => [{ ...one, layers: [...one.layers, made] }]), made.key];
};
/** One place up (-1) or down (1) among its siblings. */
PP.modelList.move = (model, key, by) => {
  const inside = (layers) => {
    const at = layers.findIndex((layer) => layer.key === key), to = at + by;
    if (at < 0) return layers.map((layer) => ({ ...layer, layers: inside(layer.layers) }));
    if (to < 0 || to >= layers.length) return layers;
    const moved = [...layers];
    [moved[at], moved[to]] = [moved[to], moved[at]];
    return moved;
  };
  return { ...model, layers: inside(model.layers) };
};
/** Without the sizes that follow from what comes in: after an edit they are found anew. types: Map name → its description. */
PP.modelList.follow = (model, types) => {
  const one = (layer) => {
    const inferred = new Set((types.get(layer.type)?.arguments ?? []).filter((argument) => argument.inferred).map(({ name }) => name));
    return { ...layer, arguments: Object.fromEntries(Object.entries(layer.arguments).filter(([name]) => !inferred.has(name))), layers: layer.layers.map(one) };
  };
  return { ...model, layers: model.layers.map(one) };
};
/** Before or behind another layer, wherever that is; not into itself. */
PP.modelList.drop = (model, key, target, behind) => {
  let taken = null;
  const holds = (layer) => layer.key === target || layer.layers.some(holds);
  const without = change(model, key, (layer) => { taken = layer; return []; });
  if (!taken || holds(taken)) return model;
  return change(without, target, (layer) => (behind ? [layer, taken] : [taken, layer]));
};

/** A value as a learner writes it: 3, 0.5, true, (1, 28, 28); undefined = none. */
PP.modelList.read = (text) => {
  const trimmed = text.trim().replace(/^[([]|[)\]]$/g, "");
  if (trimmed === "") return undefined;
  if (/^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === "true";
  if (trimmed.includes(",")) {
    const parts = trimmed.split(",").map((part) => part.trim()).filter(Boolean).map(Number);
    return parts.every(Number.isFinite) ? parts : text.trim();
  }
  const number = Number(trimmed);
  return Number.isFinite(number) ? number : trimmed;
};
PP.modelList.write = (value) => (Array.isArray(value) ? value.join(", ") : value === undefined || value === null ? "" : String(value));
}
