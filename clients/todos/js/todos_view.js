// The to-dos of a list: add, complete, open again, edit.
import { announce, element, icon, refill } from "./dom.js";
import { uuid7 } from "./identifiers.js";
import { everyPage } from "./lists_panel.js";
import { dueDay, texts } from "./texts.js";
import { editTodo } from "./todo_editor.js";

const SHOWN_AT_FIRST = 200;
const DONE_OF = { open: "false", done: "true", all: null };

export class TodosView {
  constructor(parts) {
    Object.assign(this, parts); // todos, accounts, uploads, lists, attempt
    this.filter = "open";
    this.items = [];
    this.shown = SHOWN_AT_FIRST;
    this.newId = uuid7();
    this.heading = element("h1", { id: "todos-heading" }, texts.lists.all);
    this.tools = element("div", { class: "tools" });
    this.list = element("ul", { class: "todos", "aria-labelledby": "todos-heading" });
    this.more = element("button", { type: "button", class: "button quiet", hidden: true, onclick: () => this.#showMore() }, texts.todos.more);
    this.root = element(
      "section",
      { class: "panel todos-view", "aria-labelledby": "todos-heading" },
      element("div", { class: "panel-head" }, element("div", { class: "heading" }, this.heading, this.tools), this.#filters()),
      this.#addForm(),
      this.list,
      this.more,
    );
  }

  async show() {
    await this.lists.read();
    await this.read();
  }

  async read() {
    this.heading.textContent = this.lists.current?.title || texts.lists.all;
    refill(this.tools, this.lists.tools());
    // An answer that comes after a newer question was asked is of no use.
    const question = {};
    this.question = question;
    await this.attempt(async () => {
      const query = new URLSearchParams({ limit: "500" });
      if (this.lists.chosen) query.set("list", this.lists.chosen);
      if (DONE_OF[this.filter]) query.set("done", DONE_OF[this.filter]);
      const found = await everyPage(this.todos, `/todos?${query}`);
      if (this.question === question) this.items = inOrder(found);
    });
    this.draw();
  }

  #showMore() {
    const first = this.items[this.shown];
    this.shown += SHOWN_AT_FIRST;
    this.draw();
    document.getElementById(`done-${first.id}`)?.focus();
  }

  draw() {
    const rows = this.items.slice(0, this.shown).map((todo) => this.#row(todo));
    refill(this.list, rows.length ? rows : element("li", { class: "empty" }, texts.todos.empty[this.filter]));
    this.more.hidden = this.items.length <= this.shown;
  }

  #filters() {
    const choices = Object.entries(texts.todos.filters).map(([name, label]) =>
      element(
        "label",
        {},
        element("input", {
          type: "radio",
          name: "filter",
          value: name,
          checked: name === this.filter,
          onchange: () => {
            this.filter = name;
            this.read();
          },
        }),
        element("span", {}, label),
      ),
    );
    return element("fieldset", { class: "filters" }, element("legend", { class: "unseen" }, texts.todos.filter), choices);
  }

  #addForm() {
    this.title = element("input", {
      id: "new-todo", name: "title", required: true, maxlength: "500", autocomplete: "off",
      "aria-label": texts.todos.title, placeholder: texts.todos.placeholder,
    });
    this.due = element("input", { id: "new-due", name: "due_on", type: "date", min: "1970-01-01", "aria-label": texts.todos.fields.due, title: texts.todos.fields.due });
    const form = element("form", { class: "add" }, this.title, this.due, element("button", { type: "submit", class: "button" }, texts.todos.add));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#add();
    });
    return form;
  }

  async #add() {
    const title = this.title.value.trim();
    if (!title) return;
    // The id stays until the service has said yes: a second try after a lost answer makes no second to-do.
    const body = { id: this.newId, title, list_id: this.lists.chosen, due_on: this.due.value || null };
    const isAdded = await this.attempt(async () => {
      await this.todos.post("/todos", body).catch((error) => {
        if (error.status !== 409) throw error;
      });
    });
    if (!isAdded) return;
    this.newId = uuid7();
    this.title.value = "";
    this.due.value = "";
    this.title.focus();
    announce(texts.todos.added(title));
    await this.read();
  }

  #row(todo) {
    const isDone = todo.done_at !== null;
    const box = element("input", {
      type: "checkbox",
      id: `done-${todo.id}`,
      checked: isDone,
      "aria-label": texts.todos.complete(todo.title),
      onchange: () => this.#toggle(todo, isDone),
    });
    return element(
      "li",
      { class: isDone ? "todo is-done" : "todo" },
      element("span", { class: "check" }, box),
      element("div", { class: "grow" }, element("p", { class: "todo-title" }, todo.title), this.#facts(todo, isDone)),
      element(
        "button",
        { type: "button", class: "icon-button", id: `edit-${todo.id}`, "aria-label": texts.todos.edit(todo.title), onclick: () => this.#edit(todo) },
        icon("edit"),
      ),
    );
  }

  #facts(todo, isDone) {
    const facts = [];
    const today = localToday();
    if (todo.due_on) {
      const isLate = !isDone && todo.due_on < today;
      const words = isLate ? `${dueDay(todo.due_on, today)}, ${texts.todos.overdue}` : dueDay(todo.due_on, today);
      facts.push(element("li", { class: isLate ? "is-late" : "" }, icon("day"), element("time", { datetime: todo.due_on }, words)));
    }
    if (todo.priority) facts.push(element("li", {}, texts.todos.priority(todo.priority)));
    if (todo.attachments.length) facts.push(element("li", {}, icon("clip"), texts.attachments.count(todo.attachments.length)));
    facts.push(...todo.tags.map((tag) => element("li", { class: "tag" }, tag)));
    return facts.length ? element("ul", { class: "facts" }, facts) : null;
  }

  async #toggle(todo, wasDone) {
    const position = this.items.indexOf(todo);
    const isToggled = await this.attempt(() => this.todos.post(`/todos/${todo.id}/${wasDone ? "reopen" : "complete"}`, {}, todo.version));
    if (isToggled) announce(wasDone ? texts.todos.reopened(todo.title) : texts.todos.completed(todo.title));
    await this.read();
    if (document.activeElement === document.body) this.#focusNear(position);
  }

  async #edit(todo) {
    const position = this.items.indexOf(todo);
    await editTodo(todo, this);
    await this.read();
    (document.getElementById(`edit-${todo.id}`) || this.#near(position)).focus();
  }

  // The row went to another filter: the keyboard goes on beside it.
  #focusNear(position) {
    this.#near(position).focus();
  }

  #near(position) {
    const boxes = this.list.querySelectorAll("input[type=checkbox]");
    return boxes[Math.min(position, boxes.length - 1)] || this.title;
  }
}

// Open before done; what is due first comes first, what has no day comes last, and of equals the newest first.
function inOrder(todos) {
  const rank = (todo) => [todo.done_at ? 1 : 0, todo.due_on || "9999-99-99", todo.priority || 9];
  return [...todos].sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    const first = a.findIndex((value, index) => value !== b[index]);
    if (first >= 0) return a[first] < b[first] ? -1 : 1;
    return one.id < other.id ? 1 : -1;
  });
}

// Today where the person is, not in UTC.
function localToday() {
  const now = new Date();
  return [now.getFullYear(), String(now.getMonth() + 1).padStart(2, "0"), String(now.getDate()).padStart(2, "0")].join("-");
}
