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

  const photos = new PhotoApi(`${room.dataset.api}/photos`, document.querySelector("input[name=csrfmiddlewaretoken]")?.value);

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

  // --- What is not saved yet is kept ------------------------------------------------------------------

  const kept = document.getElementById("kept");
  const fieldOf = (name) => document.getElementById(`id_${name}`);
  const KEPT_FIELDS = ["title", "summary", "body"];
  const KEEP_AFTER_MILLISECONDS = 2500;
  const say = (text, isWarning = false, ...buttons) => {
    kept.hidden = false;
    kept.className = isWarning ? "warning" : "";
    kept.replaceChildren(text, ...buttons);
  };
  const clock = (text) => new Date(text).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const keep = async () => {
    const fields = new URLSearchParams({ seen_version: fieldOf("seen_version").value });
    KEPT_FIELDS.forEach((name) => fields.set(name, fieldOf(name).value));
    try {
      const answer = await fetch(room.dataset.autosave, {
        method: "POST", body: fields, headers: { "X-CSRFToken": token() },
      });
      const said = await answer.json();
      if (!answer.ok) say(`Not kept: ${said.detail}`, true);
      else if (String(said.version) !== fieldOf("seen_version").value) {
        say("Somebody else has saved this post. What you write is kept: copy it, reload, and decide together.", true);
      } else if (said.others.length) say(`Kept ${clock(said.saved_at)}. ${said.others.join(", ")} is writing here, too.`, true);
      else say(`What you write is kept (${clock(said.saved_at)}). Save draft makes it the draft.`);
    } catch {
      say("The network is away: what you write is not kept until it is back.", true);
    }
  };
  let keeping;
  const keepSoon = () => {
    if (!room.dataset.autosave) return;
    clearTimeout(keeping);
    keeping = setTimeout(keep, KEEP_AFTER_MILLISECONDS);
  };
  KEPT_FIELDS.forEach((name) => fieldOf(name).addEventListener("input", keepSoon));
  body.form.addEventListener("submit", () => clearTimeout(keeping));
  const offerUnsaved = () => {
    if (!room.dataset.unsaved) return;
    const found = JSON.parse(room.dataset.unsaved);
    const take = element("button", { type: "button", className: "button", textContent: "Go on with it" });
    const leave = element("button", { type: "button", className: "button", textContent: "Let it go" });
    take.addEventListener("click", () => {
      Object.entries(found.fields).forEach(([name, value]) => { fieldOf(name).value = value; });
      changed();
      say("This is what you had not saved.");
    });
    leave.addEventListener("click", async () => {
      await fetch(room.dataset.forget, { method: "POST", headers: { "X-CSRFToken": token() } });
      kept.hidden = true;
    });
    const since = found.is_older ? " Somebody has saved the draft since." : "";
    say(`You have text of ${clock(found.saved_at)} that you did not save.${since} `, true, take, " ", leave);
  };
  offerUnsaved();

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
  const useAsCover = async (photo) => {
    // A cover has no place in the text: what the text says of the photo becomes the photo's own.
    const said = body.value.match(new RegExp(`!\\[([^\\]]+)\\]\\(photo:${photo.id}`));
    if (said) await photos.patch(`/${photo.id}`, { alt: said[1] });
    const covers = document.getElementById("id_cover");
    if (!Array.from(covers.options).some((option) => option.value === photo.id)) {
      covers.add(new Option(photo.file_name, photo.id));
    }
    covers.value = photo.id;
    return said ? "It is the cover." : "It is the cover. Describe it between the brackets, and press again.";
  };
  const add = async (file) => {
    const bar = element("progress");
    const status = element("span", { textContent: `Sending ${file.name} …` });
    status.setAttribute("role", "status");
    const item = element("li", {}, bar, status);
    strip.append(item);
    try {
      let photo = await sendPhoto(photos, file, (part) => { bar.max = 1; bar.value = part; });
      bar.remove();
      status.textContent = `Making the sizes of ${file.name} …`;
      // Between the brackets: what is to be seen, for those who do not see it.
      insert(`![](photo:${photo.id})`, 2);
      photo = await untilReady(photos, photo);
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
