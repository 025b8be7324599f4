// Requests of the services: token, If-None-Match on reads, If-Match on changes, problems as errors in words.
import { texts } from "./texts.js";

// An answer that is a problem document (RFC 9457).
export class Problem extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class Api {
  constructor(base, session) {
    this.base = base;
    this.session = session;
    // address → {etag, body}: what was read before and may still be good.
    this.known = new Map();
  }

  async get(path) {
    const address = this.#address(path);
    const known = this.known.get(address);
    const response = await this.#send("GET", address, { headers: known ? { "If-None-Match": known.etag } : {} });
    if (response.status === 304) return known.body;
    const body = await response.json();
    const etag = response.headers.get("ETag");
    if (etag) this.known.set(address, { etag, body });
    return body;
  }

  post(path, body = {}, version = null) {
    return this.#change("POST", path, body, version);
  }

  patch(path, body, version) {
    return this.#change("PATCH", path, body, version);
  }

  delete(path, version = null) {
    return this.#change("DELETE", path, undefined, version);
  }

  async #change(method, path, body, version) {
    const headers = version === null ? {} : { "If-Match": `"v${version}"` };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await this.#send(method, this.#address(path), { headers, body: body && JSON.stringify(body) });
    return response.status === 204 || response.status === 304 ? null : response.json();
  }

  // `next` of a page is an address already.
  #address(path) {
    return path.startsWith("http") ? path : this.base + path;
  }

  async #send(method, address, { headers, body }, isSecondTry = false) {
    const token = await this.session.accessToken();
    let response;
    try {
      response = await fetch(address, {
        method,
        body,
        headers: { Accept: "application/json", Authorization: `Bearer ${token}`, ...headers },
        credentials: "omit",
        cache: "no-store",
      });
    } catch {
      throw new Problem(0, "offline", texts.errors.offline);
    }
    if (response.status === 401 && !isSecondTry) {
      await this.session.renew();
      return this.#send(method, address, { headers, body }, true);
    }
    if (response.ok || response.status === 304) return response;
    throw await problemOf(response);
  }
}

async function problemOf(response) {
  const document = await response.json().catch(() => ({}));
  if (response.status === 412) return new Problem(412, "version-mismatch", texts.errors.changed);
  if (response.status === 429) {
    const seconds = response.headers.get("Retry-After") || "60";
    return new Problem(429, "too-many-requests", texts.errors.slowDown(seconds));
  }
  const found = (document.errors || []).map((error) => error.detail).join(" ");
  const words = found || document.detail || document.title || texts.errors.unknown(response.status);
  return new Problem(response.status, (document.type || "").split("/").pop(), words);
}
