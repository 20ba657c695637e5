// The files of a model: taken away in five formats, each run and compared; and weights that are brought back.
"use strict";

{
const PIECE = 3 * 2 ** 20; // bytes of a file in one request; base64 makes four of three
const ROWS_MOST = 40, SHA_SHOWN = 12;
const ORDER = ["shape", "dtype", "missing", "unexpected", "matched"];

/** Bytes as base64, in the browser's own code. */
const base64 = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

PP.modelFiles = ({ element, props, server, emit }) => {
  const t = PP.words(props.words), find = (selector) => element.querySelector(selector);
  const buttons = [...element.querySelectorAll("[data-format]")];
  const current = () => PP.models?.current?.() ?? "";
  let exporting = false, uploading = 0;

  // ---- take it away
  /** Fresh weights, the run that Train shows, and those that one can look into above; what is looked into is what is taken. */
  function offerWeights() {
    const label = find(".pp-files-weights"), select = label.querySelector("select"), looked = document.querySelector(".pp-inside-weights");
    const runs = new Map([...(looked?.options ?? [])].filter(({ dataset }) => dataset.source === "run").map(({ value, textContent }) => [value, textContent]));
    const shown = document.querySelector(".pp-monitor")?.dataset.run ?? "";
    if (shown && !runs.has(shown)) runs.set(shown, t("of_run"));
    label.hidden = !runs.size;
    const chosen = select.dataset.looked === looked?.value ? select.value : runs.has(looked?.value) ? looked.value : "";
    select.dataset.looked = looked?.value ?? "";
    select.replaceChildren(PP.make("option", { value: "" }, t("fresh")), ...[...runs].map(([value, name]) => PP.make("option", { value, selected: value === chosen }, name)));
  }

  /** Files of a model that has been edited since are told apart. */
  function refresh() {
    offerWeights();
    for (const box of element.querySelectorAll(".pp-files-result")) box.classList.toggle("pp-is-stale", Boolean(box.firstChild) && box.model !== current());
  }

  async function take(button) {
    if (exporting) return;
    exporting = true;
    offerWeights();
    const box = button.parentElement.querySelector(".pp-files-result"), began = performance.now(), model = current();
    box.model = model;
    for (const one of buttons) one.setAttribute("aria-disabled", "true");
    button.setAttribute("aria-busy", "true");
    const tell = () => box.replaceChildren(PP.make("span", { class: "pp-files-working" }, `${t("working")} ${PP.seconds((performance.now() - began) / 1000)}`));
    tell();
    const clock = setInterval(tell, 200);
    let answer;
    try {
      answer = await server.export({ model, format: button.dataset.format, run: find(".pp-files-weights select").value });
    } catch { // the server's own functions answer with a bare failure when it is not there
      answer = { error: { message: t("no_server") } };
    }
    clearInterval(clock);
    exporting = false;
    for (const one of buttons) one.removeAttribute("aria-disabled");
    button.removeAttribute("aria-busy");
    box.replaceChildren(...(answer.error ? [problem(answer.error.message)] : offered(answer.exported)));
  }
  function offered({ file, max_abs_difference: difference, error }) {
    if (error || !file) return [problem(error?.message ?? t("no_server"))];
    return [
      PP.make("a", { class: "pp-button pp-files-get", href: file.url, download: file.name }, t("download"), PP.make("b", {}, file.name)),
      PP.make("span", { class: "pp-files-checked" }, t("checked", { difference: PP.number(difference, 2) })),
      PP.make("span", { class: "pp-files-stale" }, t("stale")),
      PP.make("span", { class: "pp-files-facts", title: `sha256 ${file.sha256}` }, `${PP.bytes(file.bytes)} · sha256 ${file.sha256.slice(0, SHA_SHOWN)}…`),
    ];
  }
  const problem = (message) => PP.make("p", { class: "pp-files-problem", role: "alert" }, message);

  // ---- bring it back
  async function bring(file, model) {
    const mine = ++uploading, report = find(".pp-files-report");
    const tell = (text) => report.replaceChildren(PP.make("p", { class: "pp-files-working" }, text));
    if (file.size > props.most) return report.replaceChildren(problem(t("too_large", { size: Math.round(file.size / 2 ** 20).toLocaleString("en"), maximum: Math.round(props.most / 2 ** 20) })));
    let answer;
    try {
      let token = "";
      for (let place = 0; place < Math.max(file.size, 1); place += PIECE) {
        tell(`${t("sending", { name: file.name })} ${PP.percent(place / file.size || 0, 0)}`);
        const sent = await server.send({ token, part: await base64(file.slice(place, place + PIECE)) });
        if (mine !== uploading) return undefined;
        if (sent.error) return report.replaceChildren(problem(sent.error.message));
        token = sent.token;
      }
      tell(t("comparing"));
      answer = await server.bring({ token, name: file.name, model });
    } catch { // not readable any more, or no server
      answer = { error: { message: t("no_server") } };
    }
    if (mine !== uploading) return undefined;
    if (answer.report?.weights) {
      props.value = { weights: answer.report.weights };
      emit.brought({});
    }
    return report.replaceChildren(...(answer.error ? [problem(answer.error.message)] : told(answer.report, file)));
  }

  function told(report, file) {
    const parts = [], { counts, keys } = report, missing = ["missing", "shape", "dtype"].filter((state) => counts[state]).map((state) => `${t(`state_${state}`)} ${counts[state]}`);
    if (report.error) parts.push(problem(report.error.message));
    if (!keys.length) return parts;
    // The model's tensors are counted, each once; what only the file has is told apart.
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0) - counts.unexpected;
    if (report.fits) parts.push(PP.make("p", { class: "pp-files-fits" }, t("fits", { count: total, name: file.name, model: report.model })));
    else parts.push(PP.make("p", { class: "pp-files-misfit" }, `${t("misfit", { matched: counts.matched, total, model: report.model })} ${missing.join(" · ")} ${counts.unexpected ? t("no_place", { count: counts.unexpected }) : ""}`));
    parts.push(...report.notes.map((note) => PP.make("p", { class: "pp-files-note" }, note)));
    if (!report.fits && report.kind === "safetensors" && current()) {
      const own = PP.make("button", { type: "button", class: "pp-button" }, t("own_model"));
      own.addEventListener("click", () => bring(file, ""));
      parts.push(own);
    }
    if (report.weights) parts.push(kept(report));
    parts.push(table(keys));
    return parts;
  }
  function kept({ weights, reads_digits: reads }) {
    const copy = PP.make("button", { type: "button", class: "pp-button" }, t("copy"));
    copy.addEventListener("click", async () => {
      await navigator.clipboard?.writeText(weights);
      copy.textContent = t("copied");
    });
    const use = PP.make("button", { type: "button", class: "pp-button pp-files-draw" }, t("draw"));
    use.addEventListener("click", () => {
      props.value = { weights };
      emit.draw({});
    });
    return PP.make("div", { class: "pp-files-kept" }, PP.make("span", {}, t(reads ? "kept_reads" : "kept")), PP.make("code", {}, weights), copy, ...(reads ? [use] : []));
  }
  /** What does not fit comes first; what fits is folded where it is long. */
  function table(keys) {
    const sorted = [...keys].sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state));
    const cell = (shape, dtype, other) => PP.make("td", {}, shape ? PP.shape(shape) : "–", shape && other && dtype !== other ? PP.make("small", {}, ` ${dtype}`) : null);
    const line = (row) => PP.make("tr", { "data-state": row.state }, PP.make("th", { scope: "row" }, ...row.name.split(/(?<=\.)/).flatMap((part) => [part, PP.make("wbr")])), PP.make("td", {}, t(`state_${row.state}`)),
      cell(row.file_shape, row.file_dtype, row.model_dtype), cell(row.model_shape, row.model_dtype, row.file_dtype));
    const body = PP.make("tbody", {}, ...sorted.slice(0, ROWS_MOST).map(line));
    const made = PP.make("table", { class: "pp-files-table", "aria-label": t("table") },
      PP.make("thead", {}, PP.make("tr", {}, ...["name", "state", "in_file", "in_model"].map((key) => PP.make("th", { scope: "col" }, t(key))))), body);
    const scroll = PP.make("div", { class: "pp-files-scroll", tabindex: "0", role: "region", "aria-label": t("table") }, made);
    if (sorted.length > ROWS_MOST) {
      const more = PP.make("button", { type: "button", class: "pp-button" }, t("all_rows", { total: sorted.length }));
      more.addEventListener("click", () => { body.replaceChildren(...sorted.map(line)); more.remove(); });
      scroll.append(more);
    }
    return scroll;
  }

  for (const button of buttons) button.addEventListener("click", () => take(button));
  for (const kind of ["pointerenter", "focusin"]) element.addEventListener(kind, refresh);
  const drop = find(".pp-drop"), input = drop.querySelector("input");
  input.addEventListener("change", () => {
    if (input.files[0]) bring(input.files[0], current());
    input.value = ""; // the same file may be chosen again
  });
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("pp-is-over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("pp-is-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) bring(event.dataTransfer.files[0], current());
  });
};
}
