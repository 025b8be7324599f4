// The uploads that run: a bar for each, with a way to stop it.
import { announce, element, icon } from "./dom.js";
import { texts } from "./texts.js";
import { Upload, UploadCancelled, keyFor } from "./uploads.js";

export class UploadPanel {
  constructor(accounts, session) {
    this.accounts = accounts;
    this.session = session;
    this.root = element("ul", { class: "uploads", "aria-label": texts.files.upload });
  }

  // Uploads files one after the other; the keys of those that arrived.
  async uploadAll(files, prefix, taken) {
    const keys = [];
    for (const file of files) {
      const key = keyFor(prefix, file.name, new Set([...taken, ...keys]));
      if (await this.#upload(file, key)) keys.push(key);
    }
    return keys;
  }

  async #upload(file, key) {
    const name = key.split("/").pop();
    const bar = element("progress", { max: Math.max(file.size, 1), value: 0, "aria-label": name });
    const label = element("span", {}, texts.files.uploading(name, 0));
    const upload = new Upload(this.accounts, this.session.subject, file, key, (sent) => {
      bar.value = sent;
      label.textContent = texts.files.uploading(name, Math.floor((100 * sent) / Math.max(file.size, 1)));
    });
    const cancel = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": texts.files.cancel(name), onclick: () => upload.cancel() },
      icon("close"),
    );
    const row = element("li", {}, label, cancel, bar);
    this.root.append(row);
    if (upload.wasBegunBefore) announce(texts.files.resuming(name));
    try {
      await upload.run();
      announce(texts.files.uploaded(name));
      return true;
    } catch (error) {
      await this.#failed(upload, name, error);
      return false;
    } finally {
      row.remove();
    }
  }

  async #failed(upload, name, error) {
    if (error instanceof UploadCancelled) {
      await upload.discard().catch(() => {});
      announce(texts.files.cancelled(name));
      return;
    }
    const text = upload.wasBegunBefore ? texts.files.keptForLater : texts.files.refused;
    announce(text(name, error.message), { isError: true });
  }
}

// A button that opens the system's file dialog.
export function fileButton(label, onfiles, { id } = {}) {
  const input = element("input", { type: "file", multiple: true, hidden: true });
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    if (files.length) onfiles(files);
  });
  const button = element("button", { type: "button", class: "button", id, onclick: () => input.click() }, icon("up"), label);
  return element("span", { class: "file-button" }, button, input);
}
