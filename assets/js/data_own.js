// A learner's own images: a zip of folders is sent, read, and becomes a data set; so do digits that are drawn here.
"use strict";

PP.dataParts = PP.dataParts ?? {};

PP.dataParts.own = ({ root, t, call, tell, props, server, emit, open }) => {
  const PIECE = 3 * 2 ** 20, say = (key, values) => t(`own_${key}`, values), whole = (count) => count.toLocaleString("en"); // bytes in a request; base64 makes four of three
  let turn = 0;

  const base64 = (blob) => new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

  const field = PP.make("input", { type: "file", accept: ".zip,application/zip", class: "pp-own-file", "aria-label": say("choose") });
  const pick = PP.make("button", { type: "button", class: "pp-button pp-primary" }, say("choose"));
  pick.addEventListener("click", () => field.click());
  field.addEventListener("change", () => { if (field.files[0]) bring(field.files[0]); field.value = ""; });
  const way = PP.make("select", { class: "pp-data-select", "aria-label": say("way_digits") }, ...["digits", "whole"].map((one) => PP.make("option", { value: one }, say(`way_${one}`))));
  const area = PP.make("div", { class: "pp-own-drop" }, pick, PP.make("span", {}, say("drop")), way, field);
  for (const kind of ["dragover", "drop"]) {
    area.addEventListener(kind, (event) => {
      event.preventDefault();
      area.classList.toggle("pp-is-over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files[0]) bring(event.dataTransfer.files[0]);
    });
  }
  area.addEventListener("dragleave", () => area.classList.remove("pp-is-over"));
  const report = PP.make("div", { class: "pp-own-report", "aria-live": "polite" });
  const zip = PP.make("div", {}, PP.make("p", {}, say("text")), area, PP.make("p", {}, say("rules")), report), drawn = PP.make("div", { class: "pp-drawn" });
  root.replaceChildren(zip, drawn);
  PP.drawnDigits({
    root: drawn, say, props, server,
    use: (found, told) => {
      turn += 1; // a zip that is still on its way comes too late
      tell("");
      takeOver(found, told);
      report.scrollIntoView({ block: "nearest" });
    },
  });

  /** A new data set is told below what it came from, and chosen for the next run. */
  function takeOver(found, host) {
    host.append(report);
    show(found, host !== zip);
    props.value = { ...props.value, brought: found.dataset };
    emit.brought({});
  }

  async function bring(file) {
    const mine = ++turn, working = (words) => report.replaceChildren(PP.make("p", { role: "status" }, words));
    const refused = (words) => { report.replaceChildren(); tell(words); };
    tell("");
    zip.append(report);
    delete root.dataset.dataset;
    if (file.size > props.most) return refused(say("too_large", { size: Math.ceil(file.size / 2 ** 20).toLocaleString("en"), maximum: Math.round(props.most / 2 ** 20) }));
    let answer;
    try {
      let token = "";
      for (let place = 0; place < Math.max(file.size, 1); place += PIECE) {
        working(`${say("sending", { name: file.name })} ${PP.percent(place / file.size || 0, 0)}`);
        const sent = await server.send({ token, part: await base64(file.slice(place, place + PIECE)) });
        if (mine !== turn) return undefined;
        if (sent.error) return refused(sent.error.message);
        token = sent.token;
      }
      working(say("reading"));
      answer = await server.bring({ token, name: file.name, way: way.value });
    } catch { // not readable any more, or no server
      answer = { error: { message: say("no_server") } };
    }
    if (mine !== turn) return undefined;
    if (answer.error) return refused(answer.error.message);
    takeOver(answer.found, zip);
    return undefined;
  }

  function show(found, byHand) {
    const { dataset, title, class_names: names, train, test, sizes, said_split: said, skipped, skipped_count: count } = found;
    const button = (key, work) => {
      const made = PP.make("button", { type: "button", class: "pp-button", "data-own": key }, say(key));
      made.addEventListener("click", work);
      return made;
    };
    const take = async () => {
      const answer = await call("take", { dataset });
      if (!answer) return;
      const bytes = Uint8Array.from(atob(answer.data), (letter) => letter.charCodeAt(0)), link = PP.make("a", { href: URL.createObjectURL(new Blob([bytes])), download: answer.name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    };
    const remove = async () => { if (await call("remove", { dataset })) { report.replaceChildren(PP.make("p", {}, say("removed"))); delete root.dataset.dataset; } };
    const sized = !sizes.length ? "" : sizes[0] === sizes[1] ? say("sizes_same", { size: sizes[0] }) : say("sizes", { smallest: sizes[0], largest: sizes[1] });
    report.replaceChildren(
      PP.make("h3", {}, say("brought", { title, train: whole(train), test: whole(test) })),
      PP.make("p", {}, [say("classes_are", { names: names.join(", ") }), sized, say(byHand ? "drawn_split" : said ? "split_said" : "split_drawn")].filter(Boolean).join(" ")),
      PP.make("p", { class: "pp-own-hint" }, say("train_hint", { count: names.length })),
      byHand ? PP.make("p", {}, say("drawn_augment")) : "",
      PP.make("div", { class: "pp-data-bar" }, button("use", () => open("images")), byHand ? button("transforms", () => open("transforms")) : "", button("take", take), button("remove", remove)),
      ...(count ? [PP.make("h3", {}, say("skipped", { count })), PP.make("ul", { class: "pp-own-skipped" }, ...skipped.map(({ path, reason }) => PP.make("li", {}, PP.make("code", {}, path), " ", reason)), count > skipped.length ? PP.make("li", {}, say("skipped_more", { count: whole(count - skipped.length) })) : null)] : []));
    root.dataset.dataset = dataset;
  }

  return { show: () => {} };
};
