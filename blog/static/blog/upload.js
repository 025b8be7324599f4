// Photos go from here straight to the object store: a form for one file, the file, "it has arrived",
// and then questions, less and less often, until its thumbnail is there or it was refused.
"use strict";

const ASK_FIRST_MILLISECONDS = 400;
const ASK_LAST_MILLISECONDS = 5000;
const GIVE_UP_MILLISECONDS = 120000;

function PhotoApi(base, token) {
  async function call(method, path, body) {
    const response = await fetch(base + path, {
      method,
      headers: { "Accept": "application/json", "Content-Type": "application/json", "X-CSRFToken": token },
      body: body && JSON.stringify(body),
      cache: "no-store",
    });
    const answer = await response.json();
    if (!response.ok) {
      throw new Error(answer.errors?.[0]?.detail ?? answer.detail);
    }
    return answer;
  }
  this.get = (path) => call("GET", path);
  this.post = (path, body) => call("POST", path, body);
  this.patch = (path, body) => call("PATCH", path, body);
}

// The photo as the API knows it as soon as the file has arrived; `onProgress` gets parts of 1.
async function sendPhoto(api, file, onProgress) {
  const name = file.name || "photo.png";
  const form = await api.post("/uploads", { name, content_type: file.type, size: file.size });
  await putFile(form, file, onProgress);
  return api.post("", { key: form.key, file_name: name });
}

function putFile(form, file, onProgress) {
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

// The photo when its sizes are there; an error with the sentence that says why it was refused.
async function untilReady(api, photo) {
  const end = performance.now() + GIVE_UP_MILLISECONDS;
  let pause = ASK_FIRST_MILLISECONDS;
  while (photo.state === "waiting" && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(ASK_LAST_MILLISECONDS, pause * 1.5);
    photo = await api.get(`/${photo.id}`);
  }
  if (photo.state !== "ready") {
    throw new Error(photo.refusal || "This takes longer than usual. Reload the page in a while.");
  }
  return photo;
}
