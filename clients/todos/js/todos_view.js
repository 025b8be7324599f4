// The to-dos of a list: add, complete, open again, edit.
import { announce, element, icon, refill } from "./dom.js";
import { uuid7 } from "./identifiers.js";
import { ConflictsPanel } from "./conflicts_panel.js";
import { dueDay, texts } from "./texts.js";
import { editTodo } from "./todo_editor.js";

const SHOWN_AT_FIRST = 200;
const IS_SHOWN = { open: (todo) => !todo.done_at, done: (todo) => todo.done_at, all: () => true };

export class TodosView {
  constructor(parts) {
    Object.assign(this, parts); // todos, accounts, uploads, lists, attempt
    this.filter = "open";
    this.items = [];
    this.doubled = new Set();
    this.shown = SHOWN_AT_FIRST;
    this.newId = uuid7();
    this.heading = element("h1", { id: "todos-heading" }, texts.lists.all);
    this.tools = element("div", { class: "tools" });
    this.list = element("ul", { class: "todos", "aria-labelledby": "todos-heading" });
    this.more = element("button", { type: "button", class: "button quiet", hidden: true, onclick: () => this.#showMore() }, texts.todos.more);
    this.waiting = element("p", { class: "soft waiting", role: "note" });
    this.conflicts = new ConflictsPanel({ todos: this.todos, attempt: this.attempt, ondecide: () => this.read() });
    this.root = element(
      "section",
      { class: "panel todos-view", "aria-labelledby": "todos-heading" },
      element("div", { class: "panel-head" }, element("div", { class: "heading" }, this.heading, this.tools), this.#filters()),
      this.conflicts.root,
      this.#addForm(),
      this.waiting,
      this.list,
      this.more,
    );
  }

  // Draws what is known, asks for what is new, and draws that.
  async show() {
    if (this.todos.rows) this.read();
    await this.attempt(() => this.todos.refresh());
    this.read();
  }

  // Draws what is known here.
  read() {
    this.lists.read();
    this.heading.textContent = this.lists.current?.title || texts.lists.all;
    refill(this.tools, this.lists.tools());
    const isHere = (todo) => !this.lists.chosen || todo.list_id === this.lists.chosen;
    this.items = inOrder(this.todos.todos().filter((todo) => isHere(todo) && IS_SHOWN[this.filter](todo)));
    this.waiting.textContent = this.todos.waiting ? texts.todos.waiting(this.todos.waiting) : "";
    this.doubled = new Set(this.todos.conflicts().map((conflict) => conflict.target_id));
    this.conflicts.draw();
    this.draw();
  }

  // The keyboard goes to the new to-do, to the next or the one before, to the dialog of the one where it is.
  focusNew() {
    this.title.focus();
  }

  focusBeside(step) {
    const boxes = [...this.list.querySelectorAll("input[type=checkbox]")];
    const at = boxes.findIndex((box) => box.closest("li").contains(document.activeElement));
    boxes[Math.max(0, Math.min(boxes.length - 1, at + step))]?.focus();
  }

  editFocused() {
    document.activeElement.closest("li.todo")?.querySelector("button[id^=edit-]")?.click();
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
    // The id stays until it is made: a second try after a refusal makes no second to-do.
    const set = { title, list_id: this.lists.chosen, due_on: this.due.value || null };
    const isAdded = await this.attempt(() => this.todos.act("todo.create", this.newId, set));
    if (!isAdded) return;
    this.newId = uuid7();
    this.title.value = "";
    this.due.value = "";
    this.title.focus();
    announce(texts.todos.added(title));
    this.read();
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
    const due = todo.next_on || todo.due_on;
    if (due) {
      const isLate = !isDone && due < today;
      const when = todo.due_time ? `${dueDay(due, today)}, ${todo.due_time}` : dueDay(due, today);
      const words = isLate ? `${when}, ${texts.todos.overdue}` : when;
      facts.push(element("li", { class: isLate ? "is-late" : "" }, icon("day"), element("time", { datetime: due }, words)));
    }
    if (todo.recurrence) facts.push(element("li", {}, texts.todos.repeats(todo.recurrence)));
    if (this.doubled.has(todo.id)) facts.push(element("li", { class: "is-late" }, texts.conflicts.mark));
    if (todo.priority) facts.push(element("li", {}, texts.todos.priority(todo.priority)));
    if (todo.attachments.length) facts.push(element("li", {}, icon("clip"), texts.attachments.count(todo.attachments.length)));
    facts.push(...todo.tags.map((tag) => element("li", { class: "tag" }, tag)));
    return facts.length ? element("ul", { class: "facts" }, facts) : null;
  }

  async #toggle(todo, wasDone) {
    const position = this.items.indexOf(todo);
    const [kind, set] = wasDone ? ["todo.reopen", this.#occurrence(todo)] : ["todo.complete", { ...this.#occurrence(todo), at: new Date().toISOString() }];
    const isToggled = await this.attempt(() => this.todos.act(kind, todo.id, set));
    if (isToggled) announce(wasDone ? texts.todos.reopened(todo.title) : texts.todos.completed(todo.title));
    this.read();
    if (document.activeElement === document.body) this.#focusNear(position);
  }

  // Of what comes again, the one that is shown.
  #occurrence(todo) {
    return todo.recurrence ? { occurrence: todo.next_on || todo.due_on } : {};
  }

  async #edit(todo) {
    const position = this.items.indexOf(todo);
    await editTodo(todo, this);
    this.read();
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
  const rank = (todo) => [todo.done_at ? 1 : 0, todo.next_on || todo.due_on || "9999-99-99", todo.priority || 9];
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
