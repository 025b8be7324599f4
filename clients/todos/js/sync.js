// Sync with the service (docs/sync.md): a copy in memory, a queue that survives a reload, one request at a time.
import { Problem } from "./api.js";
import { apply, emptyRows, inRankOrder, KINDS, rowsOf, shown } from "./copy.js";
import { uuid7 } from "./identifiers.js";

const QUEUE = "quartet.queue";
const DEVICE = "quartet.device";
const SNAPSHOT = "todos/snapshot.json.gz";
const BATCH = 100;
const LOOK_SECONDS = 30;
const WAIT_SECONDS_MOST = 300;

export class Synced {
  // `onchange` is called when something else than the person's own doing has changed what is shown.
  constructor({ api, accounts, onchange }) {
    this.api = api;
    this.accounts = accounts;
    this.onchange = onchange;
    this.device = remembered(DEVICE, () => `web-${uuid7()}`);
    this.queue = JSON.parse(sessionStorage.getItem(QUEUE) || "[]");
    this.rows = null;
    this.cursor = null;
    this.version = 0;
    this.refused = new Map();
    this.file = { url: "", until: 0, etag: "" };
    this.failures = 0;
    this.running = Promise.resolve();
  }

  // --- What is shown ---

  get #shown() {
    return shown(this.rows || emptyRows(), this.queue);
  }

  lists() {
    return inRankOrder(this.#shown.lists.values());
  }

  todos() {
    return inRankOrder(this.#shown.todos.values());
  }

  todo(id) {
    return this.#shown.todos.get(id) || null;
  }

  // Only about what is there.
  conflicts() {
    const seen = this.#shown;
    return [...seen.conflicts.values()].filter((conflict) => seen[KINDS[conflict.target_kind]].has(conflict.target_id));
  }

  get waiting() {
    return this.queue.length;
  }

  // --- What the person does ---

  // Queues an operation and sends it. Without a network it stays queued, and that is no error.
  async act(kind, target, set = {}, { base = this.version } = {}) {
    await this.actTogether([{ kind, target, set, base }]);
  }

  // Several operations, all or none.
  async actTogether(wanted) {
    const group = wanted.length > 1 ? uuid7() : null;
    const operations = wanted.map(({ kind, target, set = {}, base = this.version }) => ({
      id: uuid7(), kind, target, base, set, ...(group ? { group } : {}),
    }));
    this.#keep([...this.queue, ...operations]);
    try {
      await this.refresh();
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.#tryLater(error);
    }
    const problems = operations.map(({ id }) => this.refused.get(id)).filter(Boolean);
    const found = problems.find((problem) => !problem.type.endsWith("/group-refused"));
    if (found) throw new Problem(found.status, found.type.split("/").pop(), wordsOf(found));
  }

  // --- The network ---

  // Sends what is queued and gets what is new. Calls at the same time wait for each other.
  refresh() {
    const next = this.running.catch(() => {}).then(() => this.#sync());
    this.running = next;
    return next;
  }

  // Looks for what was changed elsewhere: first at the file in the person's own folder, which costs no service anything.
  async look() {
    if (this.queue.length || !this.rows) return this.refresh();
    const file = await this.#readFile().catch(() => null);
    if (file === null || (file && file.version < this.version)) return this.refresh();
    // Never back in time: only a newer one takes the place of the copy.
    if (file && file.version > this.version) {
      this.#replace([file]);
      this.onchange();
    }
    return undefined;
  }

  // While the page is in front. A fifth longer or shorter by chance, so that not all ask at once.
  watch() {
    const wait = LOOK_SECONDS * 1000 * (0.8 + 0.4 * Math.random());
    this.watching = setTimeout(async () => {
      const isBusy = document.hidden || document.querySelector("dialog[open], progress");
      if (!isBusy) await this.look().catch(() => {});
      this.watch();
    }, wait);
  }

  stop() {
    clearTimeout(this.watching);
    clearTimeout(this.retrying);
    sessionStorage.removeItem(QUEUE);
  }

  async #sync() {
    if (!this.rows) await this.#takeSnapshot();
    const before = this.version;
    for (let more = true; more; ) {
      const sent = this.#batch();
      const body = { cursor: this.cursor, ...(sent.length ? { device: this.device, operations: sent } : {}) };
      const answer = await this.#post(body);
      if (answer === "again") continue;
      more = answer ? this.#take(sent, answer) : false;
    }
    this.failures = 0;
    if (this.version !== before) this.onchange();
  }

  // A group is never torn apart.
  #batch() {
    let end = Math.min(BATCH, this.queue.length);
    const isSameGroup = (at) => this.queue[at].group && this.queue[at].group === this.queue[at - 1].group;
    while (end > 0 && end < this.queue.length && isSameGroup(end)) end -= 1;
    return this.queue.slice(0, end || BATCH);
  }

  async #post(body) {
    try {
      return await this.api.post("/sync", body);
    } catch (error) {
      if (error.status !== 410) throw error;
      await this.#takeSnapshot();
      return "again";
    }
  }

  // True when there is more to get or to send.
  #take(sent, answer) {
    for (const result of answer.results) if (result.problem) this.refused.set(result.id, result.problem);
    this.#keep(this.queue.slice(sent.length));
    apply(this.rows, answer.changes);
    this.cursor = answer.cursor;
    this.version = answer.version;
    return answer.more || this.queue.length > 0;
  }

  async #takeSnapshot() {
    const pages = [];
    for (let address = "/snapshot"; address; address = pages.at(-1).next) pages.push(await this.api.get(address));
    this.#replace(pages);
  }

  #replace(pages) {
    this.rows = rowsOf(pages);
    ({ cursor: this.cursor, version: this.version } = pages.at(-1));
  }

  // The snapshot straight from the object store. Undefined where it has not changed since the last look.
  async #readFile() {
    if (Date.now() > this.file.until) {
      const { url, seconds } = await this.accounts.post("/me/folder/downloads", { key: SNAPSHOT });
      Object.assign(this.file, { url, until: Date.now() + (seconds - 60) * 1000 });
    }
    const headers = this.file.etag ? { "If-None-Match": this.file.etag } : {};
    const response = await fetch(this.file.url, { headers, credentials: "omit", cache: "no-store" });
    if (response.status === 304) return undefined;
    if (!response.ok) throw new Problem(response.status, "snapshot", "");
    this.file.etag = response.headers.get("ETag") || "";
    const found = await response.json();
    return found.format === 1 ? found : null;
  }

  #keep(queue) {
    this.queue = queue;
    if (queue.length) sessionStorage.setItem(QUEUE, JSON.stringify(queue));
    else sessionStorage.removeItem(QUEUE);
  }

  #tryLater(error) {
    const most = Math.min(WAIT_SECONDS_MOST, 2 * 2 ** this.failures) * 1000;
    this.failures += 1;
    clearTimeout(this.retrying);
    const again = () => this.refresh().then(this.onchange, (found) => isPassing(found) && this.#tryLater(found));
    this.retrying = setTimeout(again, Math.max(most * (0.5 + Math.random() / 2), (error.retryAfter || 0) * 1000));
  }
}

// No network, too many requests, or a service that fails: the same may work later.
function isPassing(error) {
  return error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500);
}

function wordsOf(problem) {
  return (problem.errors || []).map((found) => found.detail).join(" ") || problem.detail || problem.title;
}

function remembered(name, make) {
  const value = sessionStorage.getItem(name) || make();
  sessionStorage.setItem(name, value);
  return value;
}
