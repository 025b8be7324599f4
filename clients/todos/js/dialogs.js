// Modal dialogs on the browser's own <dialog>: it holds the focus, closes with Escape, and gives the focus back.
import { element, keepAnnouncer } from "./dom.js";
import { texts } from "./texts.js";

// Shows a dialog; the promise is fulfilled when it is closed, with true if it was confirmed.
export function openDialog({ heading, content, confirm = texts.dialog.save, isDangerous = false, onConfirm = async () => true }) {
  const before = document.activeElement;
  return new Promise((resolve) => {
    const confirmButton = element("button", { type: "submit", class: isDangerous ? "button danger" : "button" }, confirm);
    const form = element(
      "form",
      { method: "dialog", class: "dialog-form" },
      element("h2", { id: "dialog-heading" }, heading),
      content,
      element(
        "div",
        { class: "buttons" },
        element("button", { type: "button", class: "button quiet", onclick: () => dialog.close() }, texts.dialog.cancel),
        confirmButton,
      ),
    );
    const dialog = element("dialog", { "aria-labelledby": "dialog-heading" }, form);
    let isConfirmed = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      confirmButton.disabled = true;
      isConfirmed = await onConfirm(new FormData(form));
      confirmButton.disabled = false;
      if (isConfirmed) dialog.close();
    });
    dialog.addEventListener("close", () => {
      keepAnnouncer();
      dialog.remove();
      // What opened the dialog may have been drawn anew.
      (before?.isConnected ? before : document.getElementById(before?.id || "main"))?.focus();
      resolve(isConfirmed);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function askToDelete(heading, warning, onConfirm) {
  return openDialog({
    heading,
    content: element("p", {}, warning),
    confirm: texts.dialog.delete,
    isDangerous: true,
    onConfirm,
  });
}

// A labelled field for a form.
export function field(label, control) {
  return element("label", { class: "field" }, element("span", {}, label), control);
}
