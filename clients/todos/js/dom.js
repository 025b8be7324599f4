// Makes elements. Texts are set as text, so nothing that a user wrote becomes markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "class") made.className = value;
    else if (key in made && typeof value !== "string") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

// Puts new children in place and keeps the keyboard where it was: controls that have ids are found again.
export function refill(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.id : "";
  container.replaceChildren(...children.flat().filter(Boolean));
  if (focused) document.getElementById(focused)?.focus();
}

const announcer = document.getElementById("announcer");

// Tells what happened, to eyes and to screen readers alike; a new text replaces the old one.
let hiding;
export function announce(text, { isError = false } = {}) {
  clearTimeout(hiding);
  // Behind an open dialog nothing is seen or read aloud.
  (document.querySelector("dialog[open]") || document.body).append(announcer);
  announcer.textContent = text;
  announcer.classList.toggle("is-error", isError);
  announcer.classList.add("is-shown");
  hiding = setTimeout(() => announcer.classList.remove("is-shown"), isError ? 12000 : 5000);
}

// Before a dialog goes away.
export function keepAnnouncer() {
  document.body.append(announcer);
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

const SHAPES = {
  edit: "M4 20h4L19 9l-4-4L4 16v4M13.5 6.5l4 4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  clip: "M19 11l-7.5 7.5a4.2 4.2 0 0 1-6-6L13 5a2.8 2.8 0 0 1 4 4l-7.5 7.5a1.4 1.4 0 0 1-2-2L14 8",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  folder: "M3 6h6l2 2h10v11H3z",
  down: "M12 4v11M7 11l5 5 5-5M5 20h14",
  up: "M12 20V8M7 12l5-5 5 5M5 4h14",
  close: "M6 6l12 12M18 6L6 18",
  day: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
};
