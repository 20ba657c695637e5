// Two networks side by side: one that was pinned, and the one of the list.
"use strict";

/** In `host`; current() gives the network of the list as {model, name, shape, batch} or null. */
PP.insideCompare = ({ host, t, server, current }) => {
  let pinned = null, turn = 0;
  const pin = () => { pinned = current(); show(); };
  const button = (key, work) => {
    const made = PP.make("button", { type: "button", class: "pp-button" }, t(key));
    made.addEventListener("click", work);
    return made;
  };
  const count = (value) => (value === null || value === undefined ? "–" : value >= 1e12 ? value.toExponential(2) : value.toLocaleString("en"));

  /** The comparison that is shown is not of the networks as they are. */
  function wait(message) {
    const bar = host.querySelector(".pp-compare-bar");
    if (!bar) return;
    bar.firstElementChild.textContent = message;
    host.classList.add("pp-is-former");
  }

  async function show() {
    const now = current(), mine = ++turn;
    if (pinned && !now) return wait(t("compare_fails")); // what was compared last stays, and says so
    if (!pinned || !now) {
      host.classList.remove("pp-is-former");
      const made = button("pin", pin);
      made.disabled = !now;
      return host.replaceChildren(PP.make("p", { class: "pp-inside-text" }, t("compare_text")), made);
    }
    wait(t("comparing")); // what is shown is of the network before
    const answer = await server.compare({ first: pinned.model, second: now.model, shape: now.shape, batch: now.batch });
    if (mine !== turn) return undefined;
    const { rows, totals, error } = answer.comparison ?? { rows: [], totals: [null, null], error: answer.error };
    const changed = rows.filter((row) => !row.first || !row.second || row.differs.length).length;
    const bar = PP.make("div", { class: "pp-compare-bar" }, PP.make("span", {}, changed ? t("differences", { count: changed }) : t("same")), button("pin_again", pin), button("unpin", () => { pinned = null; show(); }));
    host.classList.remove("pp-is-former");
    return host.replaceChildren(bar, ...(error ? [PP.make("p", { class: "pp-inside-error", role: "alert" }, error.message)] : []), sums(totals, now), table(rows, now));
  }

  function sums(totals, now) {
    const kinds = [["compare_parameters", "parameters", count], ["compare_trainable", "trainable", count], ["compare_macs", "macs", count], ["compare_saved", "saved_bytes", (value) => (value === null ? "–" : PP.bytes(value))]];
    const lines = kinds.map(([key, name, write]) => {
      const [one, two] = totals.map((total) => total?.[name] ?? null), differs = one !== two;
      const times = differs && one && two ? `× ${PP.number(two / one, 3)}` : "";
      return PP.make("tr", { class: differs ? "pp-is-different" : "" }, PP.make("th", { scope: "row" }, t(key)), PP.make("td", {}, write(one)), PP.make("td", {}, write(two)), PP.make("td", {}, times));
    });
    return PP.make("div", { class: "pp-inside-scroll" }, PP.make("table", { class: "pp-inside-table pp-compare-sums" },
      PP.make("thead", {}, PP.make("tr", {}, PP.make("td", {}), PP.make("th", { scope: "col" }, t("pinned", { name: pinned.name })), PP.make("th", { scope: "col" }, t("current", { name: now.name })), PP.make("td", {}))), PP.make("tbody", {}, ...lines)));
  }

  function table(rows, now) {
    const half = (row, differs) => {
      if (!row) return [PP.make("td", { colspan: 3, class: "pp-is-missing" }, "–")];
      const mark = (column) => (differs.includes(column) ? "pp-is-different" : "");
      return [PP.make("td", { class: "pp-compare-name" }, PP.make("b", { class: mark("type") }, row.type), PP.make("span", { class: "pp-model-name" }, row.name)),
        PP.make("td", { class: mark("output_shape") }, row.output_shape ? PP.shape(row.output_shape) : "–"), PP.make("td", { class: mark("parameters") }, row.parameters ? count(row.parameters) : "")];
    };
    const titles = ["layer", "compare_output", "compare_parameters"].map((key, place) => PP.make("th", { scope: "col", class: place ? "" : "pp-compare-name" }, t(key)));
    return PP.make("div", { class: "pp-inside-scroll", tabindex: 0 }, PP.make("table", { class: "pp-inside-table pp-compare" },
      PP.make("thead", {}, PP.make("tr", {}, PP.make("th", { colspan: 3, scope: "colgroup" }, t("pinned", { name: pinned.name })), PP.make("th", { colspan: 3, scope: "colgroup" }, t("current", { name: now.name }))),
        PP.make("tr", {}, ...titles, ...titles.map((title) => title.cloneNode(true)))),
      PP.make("tbody", {}, ...rows.map(({ first, second, differs }) => PP.make("tr", {}, ...half(first, differs), ...half(second, differs))))));
  }
  return { show };
};
