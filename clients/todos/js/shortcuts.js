// Keys of their own, where nothing is being typed and no dialog is open.
import { openDialog } from "./dialogs.js";
import { element } from "./dom.js";
import { texts } from "./texts.js";

// `actions` by name; each of texts.shortcuts.keys names one.
export function listenForShortcuts(actions) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, dialog");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const found = texts.shortcuts.keys.find(({ key }) => key === event.key);
    if (!found || !actions[found.action]) return;
    event.preventDefault();
    actions[found.action]();
  });
}

export function showShortcuts() {
  const rows = texts.shortcuts.keys.map(({ key, label }) => element("div", {}, element("dt", {}, element("kbd", {}, key)), element("dd", {}, label)));
  return openDialog({ heading: texts.shortcuts.heading, content: element("dl", { class: "shortcuts" }, rows), confirm: texts.shortcuts.close });
}
