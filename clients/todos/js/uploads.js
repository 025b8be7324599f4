// Uploads straight to the object store: small files by a presigned form, large ones in parts that can be resumed.
import { texts } from "./texts.js";

const PARTS_FROM_BYTES = 50 * 1000 * 1000;
const ADDRESSES_AT_ONCE = 20;
const TRIES = 4;
const UNFINISHED = "quartet.uploads";

export class UploadCancelled extends Error {}

// One upload. `onprogress` gets the bytes that have been sent; `cancel()` ends it.
export class Upload {
  constructor(accounts, subject, file, key, onprogress) {
    this.accounts = accounts;
    this.subject = subject;
    this.file = file;
    this.key = key;
    this.onprogress = onprogress;
    this.request = null;
    this.isCancelled = false;
  }

  get isInParts() {
    return this.file.size > PARTS_FROM_BYTES;
  }

  cancel() {
    this.isCancelled = true;
    this.request?.abort();
  }

  run() {
    return this.isInParts ? this.#inParts() : this.#atOnce();
  }

  async #atOnce() {
    const form = await this.accounts.post("/me/folder/uploads", this.#declaration());
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
    body.append("file", this.file);
    await this.#transfer("POST", form.url, body, 0);
  }

  async #inParts() {
    const upload = (await this.#resumed()) || (await this.#begun());
    const missing = [];
    for (let part = 1; part <= upload.part_count; part += 1) if (!upload.arrived.has(part)) missing.push(part);
    let sent = [...upload.arrived.values()].reduce((sum, size) => sum + size, 0);
    for (let index = 0; index < missing.length; index += ADDRESSES_AT_ONCE) {
      const numbers = missing.slice(index, index + ADDRESSES_AT_ONCE);
      const name = { key: this.key, upload_id: upload.upload_id };
      const { urls } = await this.accounts.post("/me/folder/multipart/urls", { ...name, numbers });
      for (const number of numbers) {
        const begin = (number - 1) * upload.part_bytes;
        const part = this.file.slice(begin, begin + upload.part_bytes);
        await this.#persistently(() => this.#transfer("PUT", urls[number], part, sent));
        sent += part.size;
      }
    }
    const body = { key: this.key, upload_id: upload.upload_id, size: this.file.size };
    await this.accounts.post("/me/folder/multipart/completion", body);
    this.#remember(null);
  }

  async #begun() {
    const begun = await this.accounts.post("/me/folder/multipart", this.#declaration());
    const { upload_id, part_bytes, part_count } = begun;
    this.#remember({ upload_id, part_bytes, part_count });
    return { ...begun, arrived: new Map() };
  }

  // What an earlier try left, if the store still has it.
  async #resumed() {
    const remembered = unfinished()[this.#fingerprint()];
    if (!remembered) return null;
    try {
      const name = { key: this.key, upload_id: remembered.upload_id };
      const { parts } = await this.accounts.post("/me/folder/multipart/parts", name);
      return { ...remembered, arrived: new Map(parts.map((part) => [part.number, part.size])) };
    } catch (error) {
      if (error.status !== 404) throw error;
      this.#remember(null);
      return null;
    }
  }

  // Throws the parts away for good.
  async discard() {
    const remembered = unfinished()[this.#fingerprint()];
    if (!remembered) return;
    this.#remember(null);
    await this.accounts.post("/me/folder/multipart/abort", { key: this.key, upload_id: remembered.upload_id });
  }

  get wasBegunBefore() {
    return this.isInParts && this.#fingerprint() in unfinished();
  }

  #declaration() {
    return { key: this.key, content_type: mediaType(this.file.type), size: this.file.size };
  }

  // The same file of the same person at the same place; bytes are not compared.
  #fingerprint() {
    return [this.subject, this.key, this.file.size, this.file.lastModified].join(" ");
  }

  #remember(upload) {
    const all = unfinished();
    if (upload) all[this.#fingerprint()] = upload;
    else delete all[this.#fingerprint()];
    localStorage.setItem(UNFINISHED, JSON.stringify(all));
  }

  async #persistently(send) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (this.isCancelled) throw error;
        if (attempt === TRIES) throw new Error(texts.files.tooManyParts);
        await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
      }
    }
  }

  // XMLHttpRequest, since fetch tells nothing about what was sent.
  #transfer(method, address, body, sentBefore) {
    return new Promise((resolve, reject) => {
      if (this.isCancelled) {
        reject(new UploadCancelled());
        return;
      }
      const request = new XMLHttpRequest();
      this.request = request;
      request.open(method, address);
      request.upload.addEventListener("progress", (event) => {
        this.onprogress(Math.min(sentBefore + event.loaded, this.file.size));
      });
      request.addEventListener("load", () => {
        if (request.status >= 200 && request.status < 300) resolve();
        else reject(new Error(texts.files.storeRefused(request.status)));
      });
      request.addEventListener("error", () => reject(new Error(texts.files.storeSilent)));
      request.addEventListener("abort", () => reject(new UploadCancelled()));
      request.send(body);
    });
  }
}

// A key of the folder from a file's name: the letters that keys may not have are replaced.
export function keyFor(prefix, name, taken) {
  const clean = name.normalize("NFC").replace(/[\\/%?#*"<>|\p{C}\p{Zl}\p{Zp}]/gu, "-").trim() || "file";
  const dot = clean.lastIndexOf(".");
  const [stem, ending] = dot > 0 ? [clean.slice(0, dot), clean.slice(dot)] : [clean, ""];
  let key = prefix + clean;
  for (let copy = 2; taken.has(key); copy += 1) key = `${prefix}${stem} (${copy})${ending}`;
  return key;
}

// The type without parameters; what a browser does not know is bytes.
function mediaType(type) {
  const bare = type.split(";")[0].trim().toLowerCase();
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/.test(bare) ? bare : "application/octet-stream";
}

function unfinished() {
  return JSON.parse(localStorage.getItem(UNFINISHED) || "{}");
}
