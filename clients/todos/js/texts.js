// Every text of the client. A translation is another object of this shape.
const number = new Intl.NumberFormat("en");
const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export function bytes(count) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number.format(value < 10 && unit > 0 ? Math.round(value * 10) / 10 : Math.round(value))} ${units[unit]}`;
}

// A day without a time of day: no time zone may move it.
export function dueDay(iso, todayIso) {
  const date = new Date(`${iso}T12:00:00`);
  const distance = Math.round((date - new Date(`${todayIso}T12:00:00`)) / 86400000);
  if (distance === 0) return "Today";
  if (distance === 1) return "Tomorrow";
  if (distance === -1) return "Yesterday";
  return iso.slice(0, 4) === todayIso.slice(0, 4) ? day.format(date) : dayOfYear.format(date);
}

const FIELDS = {
  title: "title", notes: "note", due: "due date", priority: "priority", list_id: "list", recurrence: "repetition",
  rank: "place", parent_id: "parent", colour: "colour", archived: "state",
};

export const texts = {
  product: "Quartet",
  title: "Quartet to-dos",
  skip: "Skip to the content",
  views: { label: "Views", todos: "To-dos", files: "Files" },
  signIn: {
    heading: "To-dos with your files beside them",
    lead: "Keep lists, finish things, and put files into a folder that nobody else can open.",
    button: "Sign in",
    under: "You sign in at your identity provider. This page never sees your password.",
    ended: "Your sign-in has ended. Sign in again.",
    failed: (reason) => `Signing in did not work: ${reason}`,
    stale: "The answer belongs to another sign-in. Start again.",
  },
  signOut: "Sign out",
  lists: {
    heading: "Lists",
    all: "All to-dos",
    add: "New list",
    name: "Name of the list",
    create: "Add list",
    rename: "Rename",
    renameOf: (title) => `Rename the list ${title}`,
    renameHeading: "Rename the list",
    delete: "Delete",
    deleteOf: (title) => `Delete the list ${title}`,
    deleteHeading: (title) => `Delete “${title}”?`,
    deleteWarning: "The to-dos in it are deleted too. Files stay in your folder.",
    created: (title) => `List ${title} added.`,
    renamed: (title) => `The list is now called ${title}.`,
    deleted: (title) => `List ${title} deleted.`,
  },
  todos: {
    filter: "Which to-dos",
    filters: { open: "Open", done: "Done", all: "All" },
    add: "Add",
    title: "New to-do",
    placeholder: "What is to be done?",
    empty: { open: "Nothing to do here.", done: "Nothing is done yet.", all: "No to-dos yet. Add the first one above." },
    complete: (title) => `Done: ${title}`,
    edit: (title) => `Edit ${title}`,
    editHeading: "Edit to-do",
    more: "Show more",
    added: (title) => `Added: ${title}`,
    completed: (title) => `Done: ${title}`,
    reopened: (title) => `Open again: ${title}`,
    deleted: (title) => `Deleted: ${title}`,
    saved: (title) => `Saved: ${title}`,
    overdue: "overdue",
    waiting: (count) => `${count === 1 ? "One change waits" : `${count} changes wait`} to be sent. Nothing is lost; this goes on by itself.`,
    repeats: (rule) => {
      const every = { DAILY: "day", WEEKLY: "week", MONTHLY: "month", YEARLY: "year" }[/FREQ=(\w+)/.exec(rule)[1]];
      const interval = Number(/INTERVAL=(\d+)/.exec(rule)?.[1] || 1);
      return interval === 1 ? `every ${every}` : `every ${interval} ${every}s`;
    },
    priority: (value) => `Priority ${value}`,
    fields: { title: "Title", notes: "Notes", due: "Due date", list: "List", priority: "Priority", tags: "Tags, separated by commas" },
    noList: "No list",
    noPriority: "None",
    priorities: { 1: "1, first", 2: "2", 3: "3", 4: "4, last" },
    delete: "Delete to-do",
  },
  attachments: {
    heading: "Files",
    none: "No file attached.",
    attach: "Attach from your folder",
    upload: "Upload and attach",
    choose: "Attach a file",
    chooseNone: "Your folder is empty. Upload a file first.",
    open: (name) => `Open ${name}`,
    detach: (name) => `Take ${name} off this to-do`,
    attached: (name) => `Attached: ${name}`,
    detached: (name) => `Taken off: ${name}. It stays in your folder.`,
    count: (count) => (count === 1 ? "1 file" : `${count} files`),
  },
  files: {
    heading: "Your folder",
    lead: "Files go straight to the object store. Only you can open them.",
    upload: "Upload files",
    root: "Folder",
    path: "Where you are",
    empty: "No files here yet.",
    usage: (used, quota) => `${bytes(used)} of ${bytes(quota)} used`,
    usageLabel: "Space used",
    download: (name) => `Download ${name}`,
    delete: (name) => `Delete ${name}`,
    deleteHeading: (name) => `Delete “${name}”?`,
    deleteWarning: "To-dos that it is attached to can no longer open it.",
    deleted: (name) => `Deleted: ${name}`,
    uploading: (name, percent) => `${name}: ${percent} %`,
    resuming: (name) => `${name}: going on where the upload stopped.`,
    uploaded: (name) => `Uploaded: ${name}`,
    cancel: (name) => `Cancel the upload of ${name}`,
    cancelled: (name) => `Upload of ${name} cancelled.`,
    keptForLater: (name, reason) => `${name} stopped: ${reason} Choose the same file again to go on.`,
    refused: (name, reason) => `${name} was not uploaded: ${reason}`,
    storeRefused: (status) => `the object store answered ${status}.`,
    storeSilent: "the object store did not answer.",
    tooManyParts: "the upload did not get through after several tries.",
  },
  conflicts: {
    heading: "Changed in two places",
    lead: "Two devices changed the same thing. The later change is in place; choose which one stays.",
    question: (title, field) => `“${title}”: which ${FIELDS[field] || field} is right?`,
    keep: (value) => `Keep ${value}`,
    bringBack: (value) => `Use ${value}`,
    happened: (title) => `Saved: ${title}. Another device had changed it, too: choose above the list which stays.`,
    mark: "changed in two places",
    decided: "Decided. All your devices will show it.",
    value: (field, value, lists) => {
      if (field === "due") return value.due_on ? `${dayOfYear.format(new Date(`${value.due_on}T12:00:00`))}${value.due_time ? `, ${value.due_time}` : ""}` : "no due date";
      if (field === "list_id") return lists.find((list) => list.id === value)?.title || "no list";
      if (value === null || value === "") return "nothing";
      return `“${value}”`;
    },
  },
  shortcuts: {
    heading: "Keyboard shortcuts",
    close: "Close",
    keys: [
      { key: "n", action: "add", label: "New to-do" },
      { key: "j", action: "next", label: "Next to-do" },
      { key: "k", action: "previous", label: "To-do before" },
      { key: "e", action: "edit", label: "Edit the to-do where the focus is" },
      { key: "?", action: "help", label: "This list" },
    ],
  },
  dialog: { save: "Save", cancel: "Cancel", delete: "Delete" },
  loading: "Loading …",
  errors: {
    offline: "The service does not answer. Check your connection and try again.",
    changed: "This was changed elsewhere in the meantime. You see it now as it is; make your change again.",
    unknown: (status) => `The service answered ${status}.`,
    config: "This client is not set up: config.json cannot be read.",
    slowDown: (seconds) => `That was a little fast. Try again in ${seconds} seconds.`,
  },
};
