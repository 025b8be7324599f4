// Photos go from here straight to the object store: a form for one file, the file, "it has arrived",
// and then questions, less and less often, until its thumbnail is there or it was refused.
//
// Wherever `[data-photo-upload]` stands on a page. With `data-insert` each photo can be put into a text:
// the section sends `photo-insert` with `{id, alt, markdown, thumbnail_url}`, which bubbles.
// Elements with `data-photo-drop` (an editor's text) take dropped and pasted files as well.

const ASK_FIRST_MILLISECONDS = 400;
const ASK_LAST_MILLISECONDS = 5000;
const GIVE_UP_MILLISECONDS = 120000;

for (const section of document.querySelectorAll("[data-photo-upload]")) {
  const api = new Api(section.dataset.api, section.querySelector("[name=csrfmiddlewaretoken]").value);
  const take = (files) => [...files].forEach((file) => upload(section, api, file));
  const input = section.querySelector("input[type=file]");
  input.addEventListener("change", () => {
    take(input.files);
    input.value = "";
  });
  for (const place of [section, ...document.querySelectorAll("[data-photo-drop]")]) {
    takeDrops(place, section, take);
  }
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (files.length) {
      event.preventDefault();
      take(files);
    }
  });
}

pickFocalPoint();

function takeDrops(place, section, take) {
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  place.addEventListener("dragover", (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
      section.classList.add("is-over");
    }
  });
  place.addEventListener("dragleave", () => section.classList.remove("is-over"));
  place.addEventListener("drop", (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
      section.classList.remove("is-over");
      take(event.dataTransfer.files);
    }
  });
}

async function upload(section, api, file) {
  const item = new Item(section.querySelector("ul"), file.name);
  try {
    const form = await api.post("/uploads", { name: file.name, content_type: file.type, size: file.size });
    await send(form, file, (part) => item.progress(part));
    item.say("Arrived. Its sizes are being made …");
    let photo = await api.post("", { key: form.key, file_name: file.name });
    photo = await untilDecided(api, photo);
    if (photo.state !== "ready") {
      item.fail(photo.refusal || "This takes longer than usual. Reload the page in a while.");
      return;
    }
    item.show(photo);
    item.askForWords(photo, section.hasAttribute("data-insert"), async (alt) => {
      const described = await api.patch(`/${photo.id}`, { alt });
      const { id, markdown, thumbnail_url } = described;
      section.dispatchEvent(
        new CustomEvent("photo-insert", { bubbles: true, detail: { id, alt, markdown, thumbnail_url } }),
      );
    });
  } catch (error) {
    item.fail(error.message);
  }
}

function send(form, file, onProgress) {
  return new Promise((resolve, reject) => {
    const body = new FormData();
    Object.entries(form.fields).forEach(([name, value]) => body.append(name, value));
    body.append("file", file);
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded / event.total));
    request.addEventListener("load", () =>
      request.status < 300 ? resolve() : reject(new Error(`The store refused it (${request.status}).`)),
    );
    request.addEventListener("error", () => reject(new Error("The store could not be reached. Try again.")));
    request.open("POST", form.url);
    request.send(body);
  });
}

async function untilDecided(api, photo) {
  const end = performance.now() + GIVE_UP_MILLISECONDS;
  let pause = ASK_FIRST_MILLISECONDS;
  while (photo.state === "waiting" && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(ASK_LAST_MILLISECONDS, pause * 1.5);
    photo = await api.get(`/${photo.id}`);
  }
  return photo;
}

function Api(base, token) {
  async function call(method, path, body) {
    const response = await fetch(base + path, {
      method,
      headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
      body: body && JSON.stringify(body),
    });
    const document_ = await response.json();
    if (!response.ok) {
      throw new Error(document_.errors?.[0]?.detail ?? document_.detail);
    }
    return document_;
  }
  this.get = (path) => call("GET", path);
  this.post = (path, body) => call("POST", path, body);
  this.patch = (path, body) => call("PATCH", path, body);
}

function Item(list, name) {
  const row = list.appendChild(document.createElement("li"));
  const picture = row.appendChild(element("span", { className: "blank" }));
  row.appendChild(element("strong", { textContent: name }));
  const bar = row.appendChild(element("progress", { max: 1, value: 0 }));
  bar.setAttribute("aria-label", `Upload of ${name}`);
  const words = row.appendChild(element("div", {}));

  this.progress = (part) => (bar.value = part);
  this.say = (text) => {
    bar.removeAttribute("value");
    words.textContent = text;
  };
  this.fail = (text) => {
    bar.remove();
    words.className = "problem";
    words.setAttribute("role", "alert");
    words.textContent = text;
  };
  this.show = (photo) => {
    bar.remove();
    picture.replaceWith(element("img", { src: photo.thumbnail_url, alt: "" }));
  };
  this.askForWords = (photo, isForText, done) => {
    const label = element("label", { textContent: "What does it show? " });
    const input = element("input", { required: true, maxLength: 500, value: photo.alt });
    const button = element("button", { type: "button", textContent: isForText ? "Put into the text" : "Save" });
    button.className = "button";
    input.setAttribute("aria-label", `Alternative text of ${name}`);
    const save = async () => {
      if (!input.reportValidity()) {
        return;
      }
      button.disabled = true;
      try {
        await done(input.value.trim());
        words.replaceChildren(isForText ? "It is in the text." : "Saved.");
      } catch (error) {
        button.disabled = false;
        input.setCustomValidity(error.message);
        input.reportValidity();
        input.setCustomValidity("");
      }
    };
    button.addEventListener("click", save);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        save();
      }
    });
    words.className = "row";
    words.replaceChildren(label, input, button);
    input.focus();
  };
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

// On a photo's page: a click on the picture says which point stays in view when it is cropped.
function pickFocalPoint() {
  const picture = document.querySelector("img[data-focal-point]");
  const [x, y] = ["id_focal_x", "id_focal_y"].map((id) => document.getElementById(id));
  picture?.addEventListener("click", (event) => {
    if (x && y) {
      x.value = Math.round((100 * event.offsetX) / picture.clientWidth);
      y.value = Math.round((100 * event.offsetY) / picture.clientHeight);
    }
  });
}
