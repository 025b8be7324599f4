// The lists at the side: choose one, add, rename, delete.
import { askToDelete, field, openDialog } from "./dialogs.js";
import { announce, element, icon, refill } from "./dom.js";
import { uuid7 } from "./identifiers.js";
import { texts } from "./texts.js";

const COLOURS = ["#2f6fb3", "#1d7a46", "#a8641a", "#8a4fa3", "#b3403a", "#2a8087"];

export class ListsPanel {
  constructor({ todos, attempt, onchoose }) {
    this.todos = todos;
    this.attempt = attempt;
    this.onchoose = onchoose;
    this.items = [];
    this.chosen = null;
    this.list = element("ul", { class: "lists" });
    this.root = element(
      "nav",
      { class: "panel lists-panel", "aria-labelledby": "lists-heading" },
      element("h2", { id: "lists-heading" }, texts.lists.heading),
      this.list,
      element("button", { type: "button", id: "add-list", class: "button quiet wide", onclick: () => this.#add() }, texts.lists.add),
    );
  }

  // What is known here; asking the service is `refresh`'s.
  read() {
    this.items = this.todos.lists().filter((list) => !list.archived);
    if (this.chosen && !this.items.some((list) => list.id === this.chosen)) this.chosen = null;
    this.draw();
  }

  get current() {
    return this.items.find((list) => list.id === this.chosen) || null;
  }

  draw() {
    refill(this.list, this.#row({ id: "", title: texts.lists.all, colour: "" }), this.items.map((list) => this.#row(list)));
    // On a phone the lists stand in a row that may be wider than the window.
    this.list.querySelector(".is-chosen")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #row(list) {
    const isChosen = (list.id || null) === this.chosen;
    const dot = element("span", { class: "dot", "aria-hidden": "true" });
    if (list.colour) dot.style.setProperty("--dot", list.colour);
    return element(
      "li",
      { class: isChosen ? "is-chosen" : "" },
      element(
        "button",
        { type: "button", id: `list-${list.id || "all"}`, class: "list-button", "aria-current": isChosen ? "true" : null, onclick: () => this.choose(list.id || null) },
        dot,
        element("span", { class: "name" }, list.title),
      ),
    );
  }

  // Buttons that rename and delete the chosen list; none where all to-dos are shown.
  tools() {
    const list = this.current;
    if (!list) return [];
    return [
      element("button", { type: "button", id: `rename-${list.id}`, class: "icon-button", "aria-label": texts.lists.renameOf(list.title), onclick: () => this.#rename(list) }, icon("edit")),
      element("button", { type: "button", id: `delete-${list.id}`, class: "icon-button", "aria-label": texts.lists.deleteOf(list.title), onclick: () => this.#delete(list) }, icon("trash")),
    ];
  }

  choose(id) {
    this.chosen = id;
    this.draw();
    this.onchoose();
  }

  async #add() {
    // One id for one wish: sending it again cannot make two lists.
    const id = uuid7();
    const colour = COLOURS[this.items.length % COLOURS.length];
    const isAdded = await openDialog({
      heading: texts.lists.add,
      content: this.#titleField(""),
      confirm: texts.lists.create,
      onConfirm: (form) => this.attempt(() => this.todos.act("list.create", id, { title: form.get("title").trim(), colour })),
    });
    if (!isAdded) return;
    this.chosen = id;
    this.read();
    announce(texts.lists.created(this.current?.title || ""));
    this.onchoose();
  }

  async #rename(list) {
    const base = this.todos.version;
    const isRenamed = await openDialog({
      heading: texts.lists.renameHeading,
      content: this.#titleField(list.title),
      onConfirm: (form) => this.attempt(() => this.todos.act("list.update", list.id, { title: form.get("title").trim() }, { base })),
    });
    this.read();
    if (!isRenamed) return;
    announce(texts.lists.renamed(this.current?.title || ""));
    this.onchoose();
  }

  async #delete(list) {
    const isDeleted = await askToDelete(texts.lists.deleteHeading(list.title), texts.lists.deleteWarning, () =>
      this.attempt(() => this.todos.act("list.delete", list.id)),
    );
    this.read();
    if (!isDeleted) return;
    announce(texts.lists.deleted(list.title));
    this.choose(null);
    document.getElementById("list-all")?.focus();
  }

  #titleField(value) {
    return field(texts.lists.name, element("input", { name: "title", value, required: true, maxlength: "500", autocomplete: "off" }));
  }
}
