// The copy of an account and what is done to it: pure, by the rules of docs/sync.md.

export const KINDS = { list: "lists", todo: "todos", completion: "completions", conflict: "conflicts" };
const NEW_LIST = { colour: "", rank: "", archived: false, version: 0 };
const NEW_TODO = {
  list_id: null, parent_id: null, notes: "", rank: "", due_on: null, due_time: null, due_zone: null, recurrence: null,
  next_on: null, priority: null, tags: [], done_at: null, attachments: [], version: 0,
};

export function emptyRows() {
  return Object.fromEntries(Object.values(KINDS).map((kind) => [kind, new Map()]));
}

// The rows of snapshot pages.
export function rowsOf(pages) {
  const rows = emptyRows();
  for (const page of pages) {
    for (const kind of Object.values(KINDS)) for (const row of page[kind]) rows[kind].set(row.id, row);
  }
  return rows;
}

// Puts the changes of an answer into the copy.
export function apply(rows, changes) {
  for (const kind of Object.values(KINDS)) for (const row of changes[kind]) rows[kind].set(row.id, row);
  for (const { kind, id } of changes.deleted) {
    rows[KINDS[kind]].delete(id);
    if (kind === "todo") {
      for (const [key, row] of rows.completions) if (row.todo_id === id) rows.completions.delete(key);
    }
  }
}

// The copy with what is queued on top, as the person sees it.
export function shown(rows, queue) {
  if (!queue.length) return rows;
  const seen = Object.fromEntries(Object.entries(rows).map(([kind, found]) => [kind, new Map(found)]));
  for (const operation of queue) pretend(seen, operation);
  return seen;
}

// By the person's own order, and of equals what was made first.
export function inRankOrder(rows) {
  return [...rows].sort((one, other) => compare(one.rank || "~", other.rank || "~") || compare(one.id, other.id));
}

function compare(one, other) {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function pretend(rows, { kind, target, set = {} }) {
  const [thing, verb] = kind.split(".");
  const mine = rows[KINDS[thing]];
  const row = mine.get(target);
  if (verb === "create") mine.set(target, { ...(thing === "todo" ? NEW_TODO : NEW_LIST), id: target, ...set });
  else if (verb === "delete" || verb === "resolve") mine.delete(target);
  else if (row && verb === "update") mine.set(target, { ...row, ...set, ...("tags" in set ? { tags: tagsOf(row, set.tags) } : {}) });
  else if (row && verb === "complete") mine.set(target, { ...row, done_at: set.at });
  else if (row && verb === "reopen") mine.set(target, { ...row, done_at: null });
}

function tagsOf(row, { add = [], remove = [] }) {
  const kept = row.tags.filter((tag) => !remove.includes(tag));
  return [...kept, ...add.filter((tag) => !kept.includes(tag))];
}
