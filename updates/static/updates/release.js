// The page of a release: files go in parts straight to the object store, several at a time; what has
// arrived is not sent again, also after this page was closed. The state is asked for until it rests.
"use strict";

(() => {
  const panel = document.getElementById("release");
  const section = document.getElementById("artifacts");
  const rows = section.querySelector("tbody");
  const form = section.querySelector("form.add-artifact");
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const api = panel.dataset.api;
  const release = `${api}/releases/${panel.dataset.release}`;
  const PARALLEL = 4;
  const ATTEMPTS = 5;
  const URLS_AT_ONCE = 50;
  const HASHED_HERE_MOST = 1e9;
  const PAUSE_MILLISECONDS = 1000;
  const sending = new Map(); // artifact id → share of the bytes that have arrived
  let shown = "";

  class Problem extends Error {}

  async function call(method, url, body) {
    const answer = await fetch(url, {
      method,
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.status === 204) return null;
    const document = await answer.json().catch(() => ({}));
    if (answer.ok) return document;
    const findings = (document.errors || []).map((finding) => finding.detail);
    throw new Problem(findings.join(" ") || document.detail || `The server answered ${answer.status}.`);
  }

  // --- Sending -------------------------------------------------------------------------------

  function put(url, blob, progressed) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("PUT", url);
      request.upload.onprogress = (event) => progressed(event.loaded);
      request.onload = () => (request.status === 200 ? resolve() : reject(new Problem(`The store answered ${request.status}.`)));
      request.onerror = () => reject(new Problem("The connection broke off."));
      request.send(blob);
    });
  }

  async function send(artifact, file) {
    const upload = `${api}/artifacts/${artifact.id}/upload`;
    const begun = await call("POST", upload, {});
    const arrived = new Map(begun.parts.map((part) => [part.number, part.size]));
    const waiting = [];
    for (let number = 1; number <= begun.part_count; number += 1) if (!arrived.has(number)) waiting.push(number);
    const urls = new Map();
    const progress = () => {
      const bytes = [...arrived.values()].reduce((sum, size) => sum + size, 0);
      sending.set(artifact.id, bytes / file.size);
      showProgress(artifact.id);
    };
    progress();

    async function urlOf(number) {
      if (!urls.has(number)) {
        const numbers = [number, ...waiting.slice(0, URLS_AT_ONCE - 1)];
        const signed = await call("POST", `${upload}/urls`, { numbers });
        for (const [name, url] of Object.entries(signed.urls)) urls.set(Number(name), url);
      }
      return urls.get(number);
    }

    async function sendPart(number) {
      const blob = file.slice((number - 1) * begun.part_bytes, number * begun.part_bytes);
      for (let attempt = 1; ; attempt += 1) {
        try {
          await put(await urlOf(number), blob, (bytes) => { arrived.set(number, bytes); progress(); });
          arrived.set(number, blob.size);
          progress();
          return;
        } catch (error) {
          arrived.delete(number);
          urls.delete(number);
          if (attempt === ATTEMPTS) throw error;
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS * attempt));
        }
      }
    }

    async function worker() {
      while (waiting.length) await sendPart(waiting.shift());
    }

    await Promise.all(Array.from({ length: PARALLEL }, worker));
    await call("POST", `${upload}/completion`, {});
  }

  async function transfer(artifact, file) {
    sending.set(artifact.id, 0);
    await refresh();
    try {
      await send(artifact, file);
    } finally {
      sending.delete(artifact.id);
      await refresh();
    }
  }

  async function sha256Of(file) {
    if (file.size > HASHED_HERE_MOST) throw new Problem("This file is large: paste the SHA-256 that your build printed.");
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // --- Showing -------------------------------------------------------------------------------

  function element(name, attributes = {}, ...children) {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  }

  function badge(state) {
    const made = element("span", { className: "badge" }, state);
    made.dataset.badge = state;
    return made;
  }

  function sizeText(size) {
    let amount = size;
    for (const unit of ["bytes", "kB", "MB", "GB"]) {
      if (amount < 1000 || unit === "GB") return `${amount < 10 && unit !== "bytes" ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
      amount /= 1000;
    }
    return "";
  }

  function difference(delta) {
    const start = delta.base_file_name ? ` from ${delta.base_file_name}` : "";
    const size = delta.size ? `, ${sizeText(delta.size)}` : "";
    const made = element("div", { className: "difference" }, `${delta.file_name}${start}${size} `, badge(delta.state));
    if (delta.finding) made.append(element("span", { className: "finding" }, delta.finding));
    return made;
  }

  function row(artifact, isOpen) {
    const state = element("td", {});
    if (sending.has(artifact.id)) {
      state.append(element("progress", { max: 1, value: sending.get(artifact.id) }));
      state.firstChild.setAttribute("aria-label", artifact.file_name);
    } else {
      state.append(badge(artifact.state));
    }
    if (artifact.finding) state.append(element("span", { className: "finding" }, artifact.finding));
    const name = element("td", {}, artifact.file_name, element("code", {}, artifact.sha256 || artifact.declared_sha256), ...artifact.deltas.map(difference));
    const made = element(
      "tr", {}, name, element("td", {}, `${artifact.operating_system}, ${artifact.architecture}, ${artifact.kind}`),
      element("td", {}, sizeText(artifact.declared_size)), state, actions(artifact, isOpen),
    );
    made.dataset.artifact = artifact.id;
    return made;
  }

  function actions(artifact, isOpen) {
    const cell = element("td", {});
    if (!isOpen || !form || sending.has(artifact.id)) return cell;
    if (["waiting", "refused"].includes(artifact.state)) {
      const input = element("input", { type: "file" });
      input.addEventListener("change", () => resume(artifact, input.files[0]));
      cell.append(element("label", { className: "resume" }, "Send the file", input), " ");
    }
    const remove = element("button", { type: "button", className: "button plain" }, "Remove");
    remove.addEventListener("click", () => attempt(async () => {
      await call("DELETE", `${release}/artifacts/${artifact.id}`);
      await refresh();
    }));
    cell.append(remove);
    return cell;
  }

  function showProgress(id) {
    const bar = rows.querySelector(`[data-artifact="${id}"] progress`);
    if (bar) bar.value = sending.get(id);
  }

  async function refresh() {
    const found = await call("GET", release);
    const text = JSON.stringify([found, [...sending.keys()]]);
    if (text === shown) return found;
    shown = text;
    const isOpen = ["draft", "uploaded", "verified", "approved"].includes(found.state);
    rows.replaceChildren(...found.artifacts.map((artifact) => row(artifact, isOpen)));
    section.querySelector(".empty").hidden = found.artifacts.length > 0;
    const state = document.getElementById("release-state");
    state.textContent = found.state;
    state.dataset.badge = found.state;
    const publish = document.getElementById("publish");
    if (publish) publish.disabled = !["verified", "approved", "publishing"].includes(found.state);
    return found;
  }

  // What the buttons and the receipt show is no longer so.
  const asked = panel.dataset.receipt;
  function isOver(found) {
    const receipt = found.receipt ? found.receipt.state : "";
    const isSettled = !["waiting", "running"].includes(receipt) && found.state !== "publishing";
    const changed = found.state !== panel.dataset.state && !sending.size;
    const verified = changed && found.state === "verified";
    return (isSettled && ["waiting", "running"].includes(asked)) || (panel.dataset.state === "publishing" && changed) || (verified && panel.dataset.seconds === "yes");
  }

  async function watch() {
    try {
      const found = await refresh();
      const isMoving = found.state === "publishing" || ["waiting", "running"].includes(asked) || found.artifacts.some((artifact) => artifact.state === "uploaded");
      if (isOver(found)) {
        window.location.reload();
        return;
      }
      setTimeout(watch, isMoving ? PAUSE_MILLISECONDS : 5 * PAUSE_MILLISECONDS);
    } catch {
      setTimeout(watch, 5 * PAUSE_MILLISECONDS);
    }
  }

  // --- The form ------------------------------------------------------------------------------

  function tell(text) {
    const note = form.querySelector("[role=alert]");
    note.textContent = text;
    note.hidden = !text;
  }

  async function attempt(work) {
    tell("");
    try {
      await work();
    } catch (error) {
      tell(error instanceof Problem ? error.message : `That did not work: ${error.message}`);
    }
  }

  function resume(artifact, file) {
    attempt(async () => {
      if (file.name !== artifact.file_name || file.size !== artifact.declared_size) {
        throw new Problem(`Choose ${artifact.file_name} with ${artifact.declared_size} bytes.`);
      }
      await transfer(artifact, file);
    });
  }

  function guess(name) {
    const lower = name.toLowerCase();
    const first = (rules, otherwise) => (rules.find(([pattern]) => pattern.test(lower)) || [null, otherwise])[1];
    form.elements.operating_system.value = first(
      [[/darwin|mac|osx|\.dmg$|\.pkg$/, "macos"], [/win|\.exe$|\.msi$|\.nupkg$/, "windows"], [/linux|\.deb$|\.rpm$|appimage$/, "linux"]], "any",
    );
    form.elements.architecture.value = first(
      [[/arm64|aarch64/, "arm64"], [/x86[_-]64|x64|amd64/, "x86_64"], [/universal/, "universal"], [/x86|i[36]86|ia32/, "x86"]], "any",
    );
    form.elements.kind.value = first(
      [[/\.blockmap$/, "blockmap"], [/\.(patch|delta)$|delta\.nupkg$/, "delta"], [/\.(sig|asc|minisig)$/, "signature"], [/\.(exe|msi|dmg|pkg|deb|rpm|apk|appimage)$/, "installer"]], "full",
    );
  }

  if (form) {
    form.elements.file.addEventListener("change", () => {
      tell("");
      if (form.elements.file.files.length) guess(form.elements.file.files[0].name);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(async () => {
        const file = form.elements.file.files[0];
        if (!file) throw new Problem("Choose a file.");
        if (!file.size) throw new Problem("The file is empty.");
        const button = form.querySelector("button");
        button.disabled = true;
        try {
          const artifact = await call("POST", `${release}/artifacts`, {
            file_name: file.name,
            operating_system: form.elements.operating_system.value,
            architecture: form.elements.architecture.value,
            kind: form.elements.kind.value,
            size: file.size,
            sha256: form.elements.sha256.value.trim().toLowerCase() || (await sha256Of(file)),
          });
          form.reset();
          if (["waiting", "refused"].includes(artifact.state)) await transfer(artifact, file);
          else await refresh();
        } finally {
          button.disabled = false;
        }
      });
    });
  }
  const slider = document.getElementById("rollout-percent");
  if (slider) {
    slider.addEventListener("input", () => {
      document.getElementById("rollout-shown").textContent = `${slider.value} %`;
      document.getElementById("rollout-schedule").value = "";
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (sending.size) event.preventDefault();
  });
  watch();
})();
