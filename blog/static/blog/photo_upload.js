// The place where photos are dropped, pasted or chosen (upload.js sends them).
//
// Wherever `[data-photo-upload]` stands on a page. With `data-insert` each photo can be put into a text:
// the section sends `photo-insert` with `{id, alt, markdown, thumbnail_url}`, which bubbles.
// Elements with `data-photo-drop` (an editor's text) take dropped and pasted files as well.

for (const section of document.querySelectorAll("[data-photo-upload]")) {
  const api = new PhotoApi(section.dataset.api, section.querySelector("[name=csrfmiddlewaretoken]").value);
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
    const added = await sendPhoto(api, file, (part) => item.progress(part));
    item.say("Arrived. Its sizes are being made …");
    const photo = await untilReady(api, added);
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
