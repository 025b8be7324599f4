// The newsroom's script: a preview beside the text, photos by button, drop or paste, the receipt of the job.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const room = document.getElementById("newsroom");
  const body = document.getElementById("id_body");
  if (!room) return;
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]").value;
  const PAUSE_MILLISECONDS = 350;
  const ASK_AGAIN_MILLISECONDS = 700;

  const element = (name, attributes = {}, ...children) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  };
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  const ask = async (method, path, content) => {
    const answer = await fetch(room.dataset.api + path, {
      method,
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token() },
      body: content === undefined ? undefined : JSON.stringify(content),
      cache: "no-store",
    });
    const document = await answer.json();
    if (!answer.ok) throw new Error(document.detail || document.title);
    return document;
  };

  // --- The receipt -----------------------------------------------------------------------------------

  const receipt = document.getElementById("receipt");
  const sentences = {
    waiting: () => "Waiting to be published …",
    running: () => "Being published …",
    published: (job) => `Readers have it: ${(Math.max(job.milliseconds, 1) / 1000).toFixed(1)} s after the request ` +
      `the public address served it. ${job.written} files written, ${job.removed} removed.`,
    failed: (job) => `Not published: ${job.error}`,
  };
  const showJob = (job) => {
    receipt.hidden = false;
    receipt.className = job.state;
    receipt.textContent = sentences[job.state](job);
  };
  const followJob = async () => {
    if (!room.dataset.publication) return;
    let job = JSON.parse(room.dataset.publication);
    showJob(job);
    while (job.state === "waiting" || job.state === "running") {
      await pause(ASK_AGAIN_MILLISECONDS);
      const answer = await fetch(room.dataset.publicationUrl, {
        headers: { Accept: "application/json" }, cache: "no-store",
      });
      if (!answer.ok) return;
      job = await answer.json();
      showJob(job);
    }
  };
  followJob();
  if (!body || body.readOnly) return;

  // --- The preview, and how much there is ---------------------------------------------------------------

  const preview = element("section", { className: "preview", tabIndex: 0 });
  preview.setAttribute("aria-label", "Preview");
  const count = element("span", { className: "count" });
  const chooser = element("input", { type: "file", accept: "image/*", multiple: true, hidden: true });
  const button = element("button", { type: "button", className: "button", textContent: "Add photos" });
  const tools = element("div", { className: "writing-tools" },
    button, chooser, element("span", { textContent: "or drop or paste them into the text" }), count);
  const strip = element("ul", { className: "photos" });
  const writing = element("div", { className: "writing" });
  body.replaceWith(tools, writing, strip);
  writing.append(body, preview);

  const most = Number(body.dataset.most);
  const countLetters = () => {
    const length = Array.from(body.value).length;
    count.textContent = `${length.toLocaleString()} of ${most.toLocaleString()} characters`;
    count.classList.toggle("over", length > most);
    body.setCustomValidity(length > most ? `At most ${most.toLocaleString()} characters: this text is too long.` : "");
  };
  let asked = 0;
  const showPreview = async () => {
    const number = ++asked;
    const fields = new URLSearchParams({ title: document.getElementById("id_title").value, body: body.value });
    const answer = await fetch(room.dataset.preview, {
      method: "POST", body: fields, headers: { "X-CSRFToken": token() },
    });
    // Cleaned by the server, and the page's policy lets no script run that is not a file of ours.
    if (answer.ok && number === asked) preview.innerHTML = await answer.text();
  };
  let timer;
  const changed = () => {
    countLetters();
    clearTimeout(timer);
    timer = setTimeout(showPreview, PAUSE_MILLISECONDS);
  };
  body.addEventListener("input", changed);
  document.getElementById("id_title").addEventListener("input", changed);
  countLetters();
  showPreview();

  // --- Photos --------------------------------------------------------------------------------------------

  const insert = (text, caret) => {
    const at = body.selectionStart;
    const before = body.value.slice(0, at);
    const gap = before && !before.endsWith("\n\n") ? (before.endsWith("\n") ? "\n" : "\n\n") : "";
    body.setRangeText(`${gap}${text}\n\n`, at, body.selectionEnd, "end");
    body.focus();
    body.selectionStart = body.selectionEnd = at + gap.length + caret;
    body.dispatchEvent(new Event("input"));
  };
  const send = (form, file, bar) => new Promise((resolve, reject) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
    data.append("file", file);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => { bar.max = event.total; bar.value = event.loaded; });
    request.addEventListener("load", () => request.status < 300
      ? resolve() : reject(new Error(`The store refused the file (${request.status}).`)));
    request.addEventListener("error", () => reject(new Error("The store does not answer.")));
    request.open("POST", form.url);
    request.send(data);
  });
  const useAsCover = async (photo) => {
    // A cover has no place in the text: what the text says of the photo becomes the photo's own.
    const said = body.value.match(new RegExp(`!\\[([^\\]]+)\\]\\(photo:${photo.id}`));
    if (said) await ask("PATCH", `/photos/${photo.id}`, { alt: said[1] });
    const covers = document.getElementById("id_cover");
    if (!Array.from(covers.options).some((option) => option.value === photo.id)) {
      covers.add(new Option(photo.file_name, photo.id));
    }
    covers.value = photo.id;
    return said ? "It is the cover." : "It is the cover. Describe it between the brackets, and press again.";
  };
  const untilReady = async (photo) => {
    while (photo.state === "waiting") {
      await pause(ASK_AGAIN_MILLISECONDS);
      photo = await ask("GET", `/photos/${photo.id}`);
    }
    if (photo.state === "refused") throw new Error(photo.refusal);
    return photo;
  };
  const add = async (file) => {
    const bar = element("progress");
    const status = element("span", { textContent: `Sending ${file.name} …` });
    status.setAttribute("role", "status");
    const item = element("li", {}, bar, status);
    strip.append(item);
    try {
      const form = await ask("POST", "/photos/uploads", {
        name: file.name || "photo.png", content_type: file.type, size: file.size,
      });
      await send(form, file, bar);
      let photo = await ask("POST", "/photos", { key: form.key, file_name: file.name || "photo.png" });
      bar.remove();
      status.textContent = `Making the sizes of ${file.name} …`;
      // Between the brackets: what is to be seen, for those who do not see it.
      insert(`![](photo:${photo.id})`, 2);
      photo = await untilReady(photo);
      const cover = element("button", { type: "button", className: "button", textContent: "Use as cover" });
      cover.addEventListener("click", async () => { status.textContent = await useAsCover(photo); });
      status.textContent = `${photo.file_name} is ready. Describe it between the brackets.`;
      item.prepend(element("img", { src: photo.thumbnail_url, alt: photo.file_name }));
      item.append(cover);
      showPreview();
    } catch (error) {
      bar.remove();
      status.className = "failed";
      status.textContent = `${file.name}: ${error.message}`;
    }
  };
  const addAll = (files) => Array.from(files).filter((file) => file.type.startsWith("image/")).forEach(add);
  button.addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => { addAll(chooser.files); chooser.value = ""; });
  body.addEventListener("dragover", (event) => { event.preventDefault(); body.classList.add("dropping"); });
  body.addEventListener("dragleave", () => body.classList.remove("dropping"));
  body.addEventListener("drop", (event) => {
    body.classList.remove("dropping");
    if (event.dataTransfer.files.length) { event.preventDefault(); addAll(event.dataTransfer.files); }
  });
  body.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) { event.preventDefault(); addAll(event.clipboardData.files); }
  });
});
