/**
 * A device that works without a network (docs/sync.md): a copy of everything, and a queue of what is not answered
 * yet. Both are stored together before anything else happens, so nothing is lost when the application is ended.
 */

import type { TodosClient } from "./api.ts";
import type { components } from "./generated/todos.ts";

type Schemas = components["schemas"];
export type Todo = Schemas["Todo"];
export type Operation = Schemas["OperationRequest"];
export type Result = Schemas["Result"];
type Kind = "list" | "todo" | "completion" | "conflict";
type Row = { id: string };

export interface Saved {
  device: string;
  cursor: string | null;
  version: number;
  copy: Record<Kind, Record<string, Row>>;
  queue: Operation[];
}

/** Keeps what it is given whole: all of the new, or all of the old. */
export interface Storage {
  load(): Promise<Saved | undefined>;
  store(saved: Saved): Promise<void>;
}

const OPERATIONS_MOST = 100;

export class Device {
  readonly #api: TodosClient;
  readonly #storage: Storage;
  #saved: Saved;

  private constructor(api: TodosClient, storage: Storage, saved: Saved) {
    this.#api = api;
    this.#storage = storage;
    this.#saved = saved;
  }

  static async open(api: TodosClient, storage: Storage): Promise<Device> {
    return new Device(api, storage, (await storage.load()) ?? fresh());
  }

  get unsent(): readonly Operation[] {
    return this.#saved.queue;
  }

  get todos(): Todo[] {
    return Object.values(this.#saved.copy.todo) as Todo[];
  }

  /** What the user did. It is kept when this returns; when it is sent does not matter. */
  async do(kind: string, target: string, set: Record<string, unknown> = {}): Promise<void> {
    const operation = { id: crypto.randomUUID(), kind, target, base: this.#saved.version, set };
    await this.#keep({ ...this.#saved, queue: [...this.#saved.queue, operation] });
  }

  /** Send what is unsent and get what is new, until there is neither. What was refused is returned. */
  async sync(): Promise<Result[]> {
    const refused: Result[] = [];
    for (let goesOn = true; goesOn; ) {
      const sent = this.#saved.queue.slice(0, OPERATIONS_MOST);
      const { cursor, device } = this.#saved;
      // Without a network this throws, and all is as it was: the same is sent again another time.
      const { data, response } = await this.#api.POST("/api/todos/v1/sync", {
        body: { cursor, device, operations: sent },
      });
      if (response.status === 304) break;
      if (response.status === 410) {
        await this.#beginAgain();
        continue;
      }
      if (data === undefined) throw new Error(`Sync was answered ${response.status}.`);
      await this.#take(data);
      refused.push(...data.results.filter((result) => result.status === "refused"));
      goesOn = data.more || this.#saved.queue.length > 0;
    }
    return refused;
  }

  async #take(answer: Schemas["Synced"]): Promise<void> {
    const answered = new Set(answer.results.map((result) => result.id));
    const { lists, todos, completions, conflicts, deleted } = answer.changes;
    const copy = structuredClone(this.#saved.copy);
    put(copy, { list: lists, todo: todos, completion: completions, conflict: conflicts });
    for (const gone of deleted) delete copy[gone.kind][gone.id];
    await this.#keep({
      ...this.#saved,
      cursor: answer.cursor,
      version: answer.version,
      copy,
      queue: this.#saved.queue.filter((operation) => !answered.has(operation.id)),
    });
  }

  /** The copy is too old: a new one, and the queue stays as it is. */
  async #beginAgain(): Promise<void> {
    const copy = fresh().copy;
    let query: { cursor?: string } = {};
    for (;;) {
      const { data, response } = await this.#api.GET("/api/todos/v1/snapshot", { params: { query } });
      if (data === undefined) throw new Error(`The snapshot was answered ${response.status}.`);
      const { lists, todos, completions, conflicts, cursor, version, next } = data;
      put(copy, { list: lists, todo: todos, completion: completions, conflict: conflicts });
      if (next === null) return this.#keep({ ...this.#saved, copy, cursor, version });
      query = { cursor: new URL(next).searchParams.get("cursor")! };
    }
  }

  async #keep(saved: Saved): Promise<void> {
    await this.#storage.store(saved);
    this.#saved = saved;
  }
}

function put(copy: Saved["copy"], rows: Record<Kind, readonly Row[]>): void {
  for (const kind of Object.keys(rows) as Kind[]) for (const row of rows[kind]) copy[kind][row.id] = row;
}

function fresh(): Saved {
  return {
    device: crypto.randomUUID(),
    cursor: null,
    version: 0,
    copy: { list: {}, todo: {}, completion: {}, conflict: {} },
    queue: [],
  };
}
