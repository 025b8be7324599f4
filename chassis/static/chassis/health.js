"use strict";
// Shows the state of health on the start page, and asks again while the page is looked at.
const list = document.getElementById("health");

function row(name, state) {
  const box = document.createElement("div");
  const term = document.createElement("dt");
  const value = document.createElement("dd");
  term.textContent = name.replace("_", " ");
  value.textContent = state;
  value.className = state === "ok" ? "ok" : "bad";
  box.append(term, value);
  return box;
}

async function ask() {
  if (document.hidden) return;
  try {
    const answer = await fetch(list.dataset.url, { headers: { Accept: "application/json" } });
    const report = await answer.json();
    list.replaceChildren(...Object.entries(report.checks).map(([name, state]) => row(name, state)));
  } catch {
    list.replaceChildren(row("web process", "does not answer"));
  }
}

ask();
setInterval(ask, 10000);
