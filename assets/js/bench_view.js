// The Bench tab: a benchmark is started by the page, followed here, and shown as soon as there is something to show.
"use strict";

{
const POLL_MS = 200;

PP.benchView = ({ element, props, server, watch, emit }) => {
  const t = PP.words(props.words), find = (name) => element.querySelector(`.pp-bench-${name}`), host = element.querySelector(".pp-bench");
  const tables = PP.benchTables(t), memory = PP.benchMemory(t, chooseBudget), devices = PP.benchDevices(t), scaler = PP.benchScaler(t, server), sweep = PP.benchSweep(t), profiler = PP.benchProfiler(t);
  const script = { value: {}, words: props.words };
  let showScript = () => {}, job = null, record = null, chosen = null, turn = 0;
  PP.codeView({ element: find("code"), props: script, watch: (_, callback) => { showScript = callback; } });

  // ---- what the page says
  function take() {
    const value = props.value ?? {};
    if (value.failed) return tell(value.failed);
    if (value.job) return follow(value.job, value.benchmark);
    if (job) return undefined; // what is measured just now stays in view
    if (value.going) return follow(value.going, value.benchmark);
    if (value.benchmark && "newest" in value) {
      chosen = null;
      show(value.newest ? JSON.parse(value.newest) : null);
    }
    return undefined;
  }
  function state(name) {
    host.dataset.state = name;
    find("now").hidden = name !== "running" && name !== "queued";
    find("empty").hidden = Boolean(record) || !find("error").hidden || !find("now").hidden || find("parts").childElementCount > 0;
    find("found").hidden = !record && !find("parts").childElementCount;
    find("keep").hidden = find("code").hidden = !record; // of what is not measured to the end there is nothing to take along
  }
  function tell(message) {
    find("error").textContent = message;
    find("error").hidden = !message;
    // What is being measured goes on, and can be stopped, whatever could not be started beside it.
    state(job ? "running" : message ? "failed" : host.dataset.state);
  }

  // ---- following
  function follow(id, benchmark) {
    if (job) stop(job.id); // one is shown at a time: the earlier would only keep this one waiting
    const mine = ++turn;
    job = { id, benchmark, next: 0, rows: [] };
    tell("");
    if (benchmark !== "budget") { record = null; chosen = null; clear(); }
    find("doing").textContent = t("running");
    find("progress").removeAttribute("value");
    state("running");
    return PP.follow({
      wanted: () => mine === turn,
      read: () => server.read({ job: id, since: job.next }),
      heed: (answer) => heed(answer, benchmark),
      away: () => { find("doing").textContent = t("reconnecting"); },
      every: POLL_MS,
    });
  }
  /** What the server says; whether more is to come. */
  function heed(answer, benchmark) {
    if (answer.error) return finish(() => tell(answer.error.message));
    advance(answer, benchmark);
    if (answer.state === "done") return finish(() => ended(answer.record));
    if (answer.state === "failed") return finish(() => tell(answer.failure.message));
    if (answer.state === "stopped") return finish(() => tell(t("stopped")));
    return true;
  }
  function advance(answer, benchmark) {
    job.next = answer.next;
    if (answer.place) find("doing").textContent = t("queued", { place: answer.place });
    for (const event of answer.events) {
      find("doing").textContent = event.doing;
      find("progress").max = Math.max(event.total, 1);
      find("progress").value = event.done;
      if (Object.keys(event.row).length) {
        const key = (row) => [row.width, row.batch_size, row.precision ?? row.checkpointed_blocks ?? row.micro_batches ?? row.step].join();
        job.rows = [...job.rows.filter((row) => key(row) !== key(event.row)), event.row];
      }
    }
    if (answer.events.length && job.rows.length && benchmark !== "budget") {
      find("parts").replaceChildren(...parts(benchmark, { rows: job.rows }));
      state("running");
    }
  }
  function finish(work) {
    job = null;
    work();
    state(find("error").hidden ? "done" : "failed");
    return false;
  }
  function ended(found) {
    if (found.benchmark === "budget") {
      chosen = found.result;
      return show(record, found.result.reason);
    }
    return show(found);
  }
  // Without a server nothing can be stopped; `follow` says that it tries to reach it.
  function stop(id) { server.stop({ job: id }).catch(() => find("doing").textContent = t("reconnecting")); }
  find("stop").addEventListener("click", () => { if (job) stop(job.id); });
  function chooseBudget(bytes) {
    if (job || !record) return;
    props.value = { budget: Math.round(bytes), wish: record.wish };
    emit.budget({});
  }

  // ---- showing
  function clear() {
    find("parts").replaceChildren();
    find("reason").replaceChildren();
    find("meta").textContent = "";
  }
  function parts(benchmark, result) {
    if (benchmark === "memory") return memory.memory(result);
    if (benchmark === "checkpointing") return memory.checkpointing(result, chosen);
    if (benchmark === "devices") return devices(result);
    if (benchmark === "sweep") return sweep(result);
    if (benchmark === "scale") return PP.benchScale(t, server)(result);
    if (benchmark === "scaler") return scaler(result);
    if (benchmark === "profiler") return profiler(result, record?.id);
    return tables[benchmark](result);
  }
  function show(found, more = []) {
    record = found;
    tell("");
    clear();
    if (record) {
      const { result, wish, environment, model_name: name, benchmark } = record;
      find("meta").textContent = t("measured_for", { model: name || t("own"), batch: wish.batch_size, device: environment.cuda ? environment.devices[0].label : environment.processor, threads: environment.threads, torch: environment.torch });
      const sentences = [...(more.length ? more : result.reason ?? [])];
      find("reason").replaceChildren(...sentences.map((text, place) => PP.make(place ? "p" : "h3", {}, text)));
      find("parts").replaceChildren(...parts(benchmark, result));
      server.script({ text: record.script }).then((answer) => { if (answer.view) { script.value = answer.view; showScript(); } });
    }
    state(record ? "done" : "empty");
  }
  find("json").addEventListener("click", () => {
    const link = PP.make("a", { href: URL.createObjectURL(new Blob([JSON.stringify(record, null, 2)], { type: "application/json" })), download: `benchmark-${record.benchmark}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });

  watch("value", take);
  state("empty");
  const looked = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    looked.disconnect();
    if (!props.value?.job) emit.begin({});
  });
  looked.observe(element);
};
}
