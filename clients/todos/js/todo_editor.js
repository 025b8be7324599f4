// The dialog of one to-do: its fields, its files, deleting it.
import { field, openDialog } from "./dialogs.js";
import { announce, element, icon, refill } from "./dom.js";
import { download, listFolder } from "./files_view.js";
import { bytes, texts } from "./texts.js";
import { fileButton } from "./upload_panel.js";

// `view` is the view of the to-dos, which knows the services. Fulfilled when the dialog is closed.
export async function editTodo(todo, view) {
  const editor = new TodoEditor(todo, view);
  await openDialog({
    heading: texts.todos.editHeading,
    content: editor.content,
    onConfirm: (form) => editor.save(form),
  });
}

class TodoEditor {
  constructor(todo, view) {
    this.todo = todo;
    this.view = view;
    // What the person sees in the dialog: a change that came meanwhile was not seen.
    this.base = view.todos.version;
    this.files = element("ul", { class: "files", id: "attachments" });
    this.chooser = element("ul", { class: "files chooser", "aria-label": texts.attachments.choose, hidden: true });
    this.uploads = element("div");
    this.content = element("div", {}, this.#fields(), this.#attachments(), this.#deleteButton());
    this.#drawFiles();
  }

  #fields() {
    const { fields, noList, noPriority, priorities } = texts.todos;
    const { todo } = this;
    const lists = this.view.lists.items.map((list) => element("option", { value: list.id, selected: list.id === todo.list_id }, list.title));
    const levels = Object.entries(priorities).map(([value, label]) => element("option", { value, selected: Number(value) === todo.priority }, label));
    return [
      field(fields.title, element("input", { name: "title", value: todo.title, required: true, maxlength: "500", autocomplete: "off" })),
      field(fields.notes, element("textarea", { name: "notes", rows: "3" }, todo.notes)),
      element(
        "div",
        { class: "field-pair" },
        field(fields.due, element("input", { name: "due_on", type: "date", min: "1970-01-01", value: todo.due_on || "" })),
        field(fields.priority, element("select", { name: "priority" }, element("option", { value: "" }, noPriority), levels)),
      ),
      field(fields.list, element("select", { name: "list_id" }, element("option", { value: "" }, noList), lists)),
      field(fields.tags, element("input", { name: "tags", value: todo.tags.join(", "), autocomplete: "off" })),
    ];
  }

  #attachments() {
    return element(
      "section",
      { class: "attachments", "aria-labelledby": "attachments-heading" },
      element("h3", { id: "attachments-heading" }, texts.attachments.heading),
      this.files,
      element(
        "div",
        { class: "buttons" },
        fileButton(texts.attachments.upload, (files) => this.#uploadAndAttach(files), { id: "upload-and-attach" }),
        element("button", { type: "button", class: "button quiet", id: "choose-file", onclick: () => this.#choose() }, icon("clip"), texts.attachments.attach),
      ),
      this.uploads,
      this.chooser,
    );
  }

  #deleteButton() {
    const remove = async () => {
      const { todo } = this;
      if (!(await this.#attempt(() => this.view.todos.act("todo.delete", todo.id, {}, { base: this.base })))) return;
      announce(texts.todos.deleted(todo.title));
      this.content.closest("dialog").close();
    };
    return element("button", { type: "button", class: "link danger", onclick: remove }, texts.todos.delete);
  }

  async save(form) {
    const changes = this.#changes(form);
    if (Object.keys(changes).length === 0) return true;
    const isSaved = await this.#attempt(async () => {
      await this.view.todos.act("todo.update", this.todo.id, changes, { base: this.base });
      this.todo = this.view.todos.todo(this.todo.id) || this.todo;
    });
    const isDoubled = this.view.todos.conflicts().some((conflict) => conflict.target_id === this.todo.id);
    if (isSaved) announce(isDoubled ? texts.conflicts.happened(this.todo.title) : texts.todos.saved(this.todo.title));
    return isSaved;
  }

  // Only what was changed is sent, so that nothing else is overwritten.
  #changes(form) {
    const wanted = {
      title: form.get("title").trim(),
      notes: form.get("notes").replaceAll("\r\n", "\n"),
      due_on: form.get("due_on") || null,
      priority: form.get("priority") ? Number(form.get("priority")) : null,
      list_id: form.get("list_id") || null,
      tags: form.get("tags").split(",").map((tag) => tag.trim()).filter(Boolean),
    };
    const isChanged = ([name, value]) => JSON.stringify(value) !== JSON.stringify(this.todo[name]);
    const changes = Object.fromEntries(Object.entries(wanted).filter(isChanged));
    if (changes.tags) changes.tags = tagChange(this.todo.tags, changes.tags);
    // The due date is one value: whoever moves the day keeps the time.
    if (changes.due_on && this.todo.due_time) Object.assign(changes, { due_time: this.todo.due_time, due_zone: this.todo.due_zone });
    return changes;
  }

  async #attempt(action) {
    return this.view.attempt(action);
  }

  // Files are attached by the service, which looks whether they are there; sync then tells of it.
  async #change(method, ...request) {
    this.todo = await this.view.api[method](...request);
    await this.view.todos.refresh();
  }

  #drawFiles() {
    const rows = this.todo.attachments.map((file) =>
      element(
        "li",
        { class: "file" },
        icon("file"),
        element(
          "button",
          { type: "button", class: "link grow name", id: `open-${file.id}`, "aria-label": texts.attachments.open(file.name), onclick: () => this.#attempt(() => download(this.view.accounts, file.key)) },
          file.name,
        ),
        element("span", { class: "soft size" }, bytes(file.size)),
        element("button", { type: "button", class: "icon-button", id: `detach-${file.id}`, "aria-label": texts.attachments.detach(file.name), onclick: () => this.#detach(file) }, icon("close")),
      ),
    );
    refill(this.files, rows.length ? rows : element("li", { class: "empty" }, texts.attachments.none));
  }

  async #uploadAndAttach(files) {
    this.uploads.append(this.view.uploads.root);
    await this.#attempt(async () => {
      const folder = await listFolder(this.view.accounts, "");
      const keys = await this.view.uploads.uploadAll(files, "", new Set(folder.items.map((file) => file.key)));
      for (const key of keys) await this.#attach(key);
    });
  }

  async #choose(prefix = "") {
    await this.#attempt(async () => {
      const folder = await listFolder(this.view.accounts, prefix);
      const entry = (key, label, name, onclick) =>
        element("li", { class: "file" }, icon(name), element("button", { type: "button", class: "link grow name", id: `choose-${key}`, onclick }, label));
      const above = prefix.split("/").slice(0, -2).map((step) => `${step}/`).join("");
      const rows = [
        prefix ? entry(`..${prefix}`, texts.files.root, "folder", () => this.#choose(above)) : null,
        ...folder.prefixes.map((found) => entry(found, found.slice(prefix.length), "folder", () => this.#choose(found))),
        ...folder.items.map((file) => entry(file.key, file.key.slice(prefix.length), "clip", () => this.#attempt(() => this.#attach(file.key)))),
      ].filter(Boolean);
      refill(this.chooser, rows.length ? rows : element("li", { class: "empty" }, texts.attachments.chooseNone));
      this.chooser.hidden = false;
      this.chooser.querySelector("button")?.focus();
    });
  }

  async #attach(key) {
    await this.#change("post", `/todos/${this.todo.id}/attachments`, { key });
    this.chooser.hidden = true;
    this.#drawFiles();
    document.getElementById("choose-file")?.focus();
    announce(texts.attachments.attached(key.split("/").pop()));
  }

  async #detach(file) {
    await this.#attempt(async () => {
      await this.#change("delete", `/todos/${this.todo.id}/attachments/${file.id}`);
      this.#drawFiles();
      document.getElementById("choose-file")?.focus();
      announce(texts.attachments.detached(file.name));
    });
  }
}

// What to add and to take off, so that what another device added stays.
function tagChange(before, after) {
  return { add: after.filter((tag) => !before.includes(tag)), remove: before.filter((tag) => !after.includes(tag)) };
}
