/**
 * A phone in a terminal: what a mobile application does, told by lines of JSON on its input, each answered by one.
 * What it keeps is in files of its directory, so that it can be killed at any time.
 */

import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { accountsClient, todosClient } from "../../clients/recipes/api.ts";
import { Device, type Saved } from "../../clients/recipes/device.ts";
import { Folder } from "../../clients/recipes/folder.ts";
import { type PendingSignIn, Session, type Tokens } from "../../clients/recipes/session.ts";

type Line = { do: string; [name: string]: string };

const { directory, api, ...application } = JSON.parse(process.argv[2]!);

/** A whole file or the one before: the new one is moved into its place. */
function file<T>(name: string) {
  const path = join(directory, name);
  return {
    async load(): Promise<T | undefined> {
      try {
        return JSON.parse(await readFile(path, "utf8"));
      } catch {
        return undefined;
      }
    },
    async store(value: T | undefined): Promise<void> {
      await writeFile(`${path}.new`, JSON.stringify(value ?? null), { mode: 0o600, flush: true });
      await rename(`${path}.new`, path);
    },
  };
}

const keychain = file<Tokens>("keychain.json");
const session = new Session(application, {
  load: async () => (await keychain.load()) ?? undefined,
  store: keychain.store,
});
const accounts = accountsClient(api, session);
const device = await Device.open(todosClient(api, session), file<Saved>("copy.json"));
let pending: PendingSignIn;
let folder: Folder;

const actions: Record<string, (line: Line) => Promise<unknown>> = {
  async "sign in"() {
    pending = await session.begin();
    return pending.address;
  },
  "come back": (line) => session.finish(pending, line.address!),
  "who am I": async () => (await accounts.GET("/api/accounts/v1/me")).data,
  async "renew at once, three times"() {
    const found = await Promise.all([session.renew(), session.renew(), session.renew()]);
    return found.map((tokens) => tokens.refreshToken);
  },
  renew: () => session.renew(),
  tokens: () => keychain.load(),
  "sign out": () => session.signOut(),
  async add(line) {
    const id = crypto.randomUUID();
    await device.do("todo.create", id, { title: line.title });
    return id;
  },
  complete: (line) => device.do("todo.complete", line.id!),
  sync: () => device.sync(),
  todos: async () => device.todos,
  unsent: async () => device.unsent,
  async "open the folder"() {
    folder = await Folder.open(accounts);
    return folder.prefix;
  },
  write: (line) => folder.write(line.name!, line.text!),
  read: (line) => folder.read(line.name!),
  "read key": (line) => folder.readKey(line.key!),
  list: () => folder.list(),
};

for await (const text of createInterface({ input: process.stdin })) {
  const line = JSON.parse(text) as Line;
  try {
    process.stdout.write(`${JSON.stringify({ value: (await actions[line.do]!(line)) ?? null })}\n`);
  } catch (error) {
    const { name, message } = error as Error;
    process.stdout.write(`${JSON.stringify({ error: error!.constructor.name, name, message })}\n`);
  }
}
