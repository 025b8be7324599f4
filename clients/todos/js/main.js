// Starts the client: reads its configuration, takes up or begins a sign-in, shows a view.
import { Api } from "./api.js";
import { announce, element } from "./dom.js";
import { FilesView } from "./files_view.js";
import { ListsPanel } from "./lists_panel.js";
import { listenForShortcuts, showShortcuts } from "./shortcuts.js";
import { Synced } from "./sync.js";
import { Session, SignInNeeded } from "./session.js";
import { texts } from "./texts.js";
import { TodosView } from "./todos_view.js";
import { UploadPanel } from "./upload_panel.js";

const app = document.getElementById("app");

async function start() {
  document.title = texts.title;
  let config;
  try {
    const response = await fetch("config.json", { cache: "no-cache" });
    if (!response.ok) throw new Error();
    config = await response.json();
  } catch {
    app.replaceChildren(element("p", { class: "notice", role: "alert" }, texts.errors.config));
    return;
  }
  const session = new Session(config);
  try {
    app.replaceChildren(element("p", { class: "notice" }, texts.loading));
    await session.finish();
  } catch (error) {
    showSignIn(session, texts.signIn.failed(error.message));
    return;
  }
  if (session.isSignedIn) showApp(session, config);
  else showSignIn(session);
}

function showSignIn(session, message = "") {
  const button = element("button", { type: "button", class: "button large", onclick: () => session.begin() }, texts.signIn.button);
  app.replaceChildren(
    element("header", { class: "bar" }, brand()),
    element(
      "main",
      { class: "welcome", id: "main" },
      element("h1", {}, texts.signIn.heading),
      element("p", { class: "lead" }, texts.signIn.lead),
      message ? element("p", { class: "notice is-error", role: "alert" }, message) : null,
      button,
      element("p", { class: "soft" }, texts.signIn.under),
    ),
  );
  button.focus();
}

function showApp(session, config) {
  const api = new Api(config.api.todos, session);
  const accounts = new Api(config.api.accounts, session);
  const attempt = attemptWith(session);
  const todos = new Synced({ api, accounts, onchange: () => views.todos.root.isConnected && views.todos.read() });
  const uploads = new UploadPanel(accounts, session);
  const lists = new ListsPanel({ todos, attempt, onchoose: () => views.todos.read() });
  const views = {
    todos: new TodosView({ todos, api, accounts, uploads, lists, attempt }),
    files: new FilesView({ accounts, uploads, attempt }),
  };
  const main = element("main", { id: "main", class: "layout", tabIndex: -1 });
  const tabs = Object.fromEntries(Object.keys(views).map((name) => [name, element("a", { href: `#${name}` }, texts.views[name])]));
  app.replaceChildren(
    element("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, texts.skip),
    element(
      "header",
      { class: "bar" },
      brand(),
      element("nav", { class: "tabs", "aria-label": texts.views.label }, Object.values(tabs)),
      element(
        "div",
        { class: "person" },
        element("span", { class: "soft" }, session.person),
        element("button", { type: "button", id: "shortcuts", class: "icon-button", "aria-label": texts.shortcuts.heading, onclick: showShortcuts }, "?"),
        element("button", { type: "button", class: "button quiet", onclick: () => { todos.stop(); session.end(); } }, texts.signOut),
      ),
    ),
    main,
  );
  const route = () => {
    const name = location.hash.slice(1) in views ? location.hash.slice(1) : "todos";
    for (const link of Object.values(tabs)) link.removeAttribute("aria-current");
    tabs[name].setAttribute("aria-current", "page");
    main.replaceChildren(...(name === "todos" ? [lists.root, views.todos.root] : [views.files.root]));
    main.classList.toggle("with-lists", name === "todos");
    views[name].show();
  };
  window.onhashchange = route;
  // What another tab or device changed is seen when one comes back; it costs a 304 when nothing did.
  document.addEventListener("visibilitychange", () => {
    const isBusy = document.querySelector("dialog[open], progress");
    if (!document.hidden && session.isSignedIn && !isBusy && location.hash !== "#files") views.todos.show();
  });
  window.addEventListener("online", () => todos.refresh().then(() => views.todos.read(), () => {}));
  const onTodos = (action) => () => views.todos.root.isConnected && action();
  listenForShortcuts({
    add: onTodos(() => views.todos.focusNew()),
    next: onTodos(() => views.todos.focusBeside(1)),
    previous: onTodos(() => views.todos.focusBeside(-1)),
    edit: onTodos(() => views.todos.editFocused()),
    help: showShortcuts,
  });
  todos.watch();
  route();
}

// Does something; says in words why it did not work. True if it did.
function attemptWith(session) {
  return async (action) => {
    try {
      await action();
      return true;
    } catch (error) {
      if (error instanceof SignInNeeded) {
        document.querySelector("dialog[open]")?.close();
        showSignIn(session, texts.signIn.ended);
        return false;
      }
      announce(error instanceof TypeError ? texts.errors.offline : error.message, { isError: true });
      return false;
    }
  };
}

function brand() {
  return element("span", { class: "brand" }, element("img", { src: "icon.svg", alt: texts.product, width: "28", height: "28" }), element("span", { "aria-hidden": "true" }, texts.product));
}

start();
