// What two devices set differently: the person chooses which stays.
import { announce, element } from "./dom.js";
import { texts } from "./texts.js";

export class ConflictsPanel {
  constructor({ todos, attempt, ondecide }) {
    this.todos = todos;
    this.attempt = attempt;
    this.ondecide = ondecide;
    this.list = element("ul", { class: "conflicts-list" });
    this.root = element(
      "section",
      { class: "conflicts", "aria-labelledby": "conflicts-heading", hidden: true },
      element("h2", { id: "conflicts-heading" }, texts.conflicts.heading),
      element("p", { class: "soft" }, texts.conflicts.lead),
      this.list,
    );
  }

  draw() {
    const found = this.todos.conflicts();
    this.root.hidden = found.length === 0;
    this.list.replaceChildren(...found.map((conflict) => this.#row(conflict)));
  }

  #row(conflict) {
    const row = this.#target(conflict);
    const words = (value) => texts.conflicts.value(conflict.field, value, this.todos.lists());
    const now = words(conflict.field === "due" ? { due_on: row.due_on, due_time: row.due_time } : row[conflict.field]);
    return element(
      "li",
      { class: "conflict" },
      element("p", {}, texts.conflicts.question(row.title, conflict.field)),
      element(
        "div",
        { class: "buttons" },
        element("button", { type: "button", class: "button quiet", onclick: () => this.#decide(conflict, false) }, texts.conflicts.keep(now)),
        element("button", { type: "button", class: "button quiet", onclick: () => this.#decide(conflict, true) }, texts.conflicts.bringBack(words(conflict.losing))),
      ),
    );
  }

  #target({ target_kind: kind, target_id: id }) {
    const rows = kind === "list" ? this.todos.lists() : this.todos.todos();
    return rows.find((row) => row.id === id);
  }

  // Both operations or neither: the value that lost never comes back without the conflict going.
  async #decide(conflict, isBroughtBack) {
    const { field, losing, target_kind: kind, target_id: target } = conflict;
    const operations = [{ kind: "conflict.resolve", target: conflict.id }];
    if (isBroughtBack) operations.unshift({ kind: `${kind}.update`, target, set: field === "due" ? losing : { [field]: losing } });
    const isDecided = await this.attempt(() => this.todos.actTogether(operations));
    if (isDecided) announce(texts.conflicts.decided);
    await this.ondecide();
  }
}
