// One's own folder: what is in it, how full it is, uploading, downloading, deleting.
import { askToDelete } from "./dialogs.js";
import { announce, element, icon, refill } from "./dom.js";
import { bytes, texts } from "./texts.js";
import { fileButton } from "./upload_panel.js";

export class FilesView {
  constructor({ accounts, uploads, attempt }) {
    this.accounts = accounts;
    this.uploads = uploads;
    this.attempt = attempt;
    this.prefix = "";
    this.items = [];
    this.prefixes = [];
    this.usage = null;
    this.quota = element("div", { class: "quota" });
    this.path = element("nav", { class: "path", "aria-label": texts.files.path });
    this.list = element("ul", { class: "files" });
    this.root = element(
      "section",
      { class: "panel files-view", "aria-labelledby": "files-heading" },
      element(
        "div",
        { class: "panel-head" },
        element("div", {}, element("h1", { id: "files-heading" }, texts.files.heading), element("p", { class: "soft" }, texts.files.lead)),
        fileButton(texts.files.upload, (files) => this.upload(files), { id: "upload-files" }),
      ),
      this.quota,
      this.path,
      this.list,
    );
    this.#acceptDrops();
  }

  async show() {
    this.root.append(this.uploads.root);
    await this.read();
  }

  async read() {
    await this.attempt(async () => {
      const folder = await listFolder(this.accounts, this.prefix);
      this.items = folder.items;
      this.prefixes = folder.prefixes;
      this.usage = await this.accounts.get("/me/folder/usage");
    });
    this.draw();
  }

  async upload(files) {
    await this.attempt(async () => {
      await this.uploads.uploadAll(files, this.prefix, new Set(this.items.map((file) => file.key)));
    });
    await this.read();
  }

  draw() {
    this.#drawQuota();
    this.#drawPath();
    const folders = this.prefixes.map((prefix) => this.#folderRow(prefix));
    const files = this.items.map((file) => this.#fileRow(file));
    const empty = folders.length + files.length === 0;
    refill(this.list, empty ? element("li", { class: "empty" }, texts.files.empty) : [folders, files].flat());
  }

  #drawQuota() {
    if (!this.usage) return;
    const { used_bytes: used, quota_bytes: quota } = this.usage;
    const meter = element("meter", { min: 0, max: quota, high: quota * 0.9, value: used, "aria-label": texts.files.usageLabel });
    refill(this.quota, meter, element("span", { class: "soft" }, texts.files.usage(used, quota)));
  }

  #drawPath() {
    const steps = this.prefix.split("/").filter(Boolean);
    const places = steps.map((step, index) => [step, `${steps.slice(0, index + 1).join("/")}/`]);
    refill(
      this.path,
      [[texts.files.root, ""], ...places].map(([name, prefix]) =>
        element(
          "button",
          {
            type: "button",
            class: "link",
            id: `path-${prefix}`,
            "aria-current": prefix === this.prefix ? "page" : null,
            onclick: () => this.#go(prefix),
          },
          name,
        ),
      ),
    );
  }

  async #go(prefix) {
    this.prefix = prefix;
    await this.read();
    document.getElementById(`path-${prefix}`)?.focus();
  }

  #folderRow(prefix) {
    const name = prefix.slice(this.prefix.length, -1);
    return element(
      "li",
      { class: "file" },
      icon("folder"),
      element("button", { type: "button", class: "link grow", id: `folder-${prefix}`, onclick: () => this.#go(prefix) }, name),
    );
  }

  #fileRow(file) {
    const name = file.key.slice(this.prefix.length);
    return element(
      "li",
      { class: "file" },
      icon("file"),
      element("span", { class: "grow name" }, name),
      element("span", { class: "soft size" }, bytes(file.size)),
      element(
        "button",
        { type: "button", class: "icon-button", id: `download-${file.key}`, "aria-label": texts.files.download(name), onclick: () => this.attempt(() => download(this.accounts, file.key)) },
        icon("down"),
      ),
      element(
        "button",
        { type: "button", class: "icon-button", id: `delete-${file.key}`, "aria-label": texts.files.delete(name), onclick: () => this.#delete(file, name) },
        icon("trash"),
      ),
    );
  }

  async #delete(file, name) {
    const isDeleted = await askToDelete(texts.files.deleteHeading(name), texts.files.deleteWarning, () =>
      this.attempt(() => this.accounts.post("/me/folder/deletions", { keys: [file.key] })),
    );
    if (!isDeleted) return;
    announce(texts.files.deleted(name));
    await this.read();
    document.getElementById("upload-files")?.focus();
  }

  #acceptDrops() {
    this.root.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.root.classList.add("is-over");
    });
    this.root.addEventListener("dragleave", () => this.root.classList.remove("is-over"));
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      this.root.classList.remove("is-over");
      const files = [...event.dataTransfer.files];
      if (files.length) this.upload(files);
    });
  }
}

// Everything on one level of the folder.
export async function listFolder(accounts, prefix) {
  const found = { items: [], prefixes: [] };
  let address = `/me/folder?${new URLSearchParams({ prefix })}`;
  while (address) {
    const page = await accounts.get(address);
    found.items.push(...page.items);
    found.prefixes.push(...page.prefixes);
    address = page.next;
  }
  return found;
}

// The answer says "attachment", so the page stays where it is.
export async function download(accounts, key) {
  const { url } = await accounts.post("/me/folder/downloads", { key });
  const link = element("a", { href: url, download: key.split("/").pop(), rel: "noreferrer" });
  document.body.append(link);
  link.click();
  link.remove();
}
