// Every page: the history of changes that can be undone, the last first. Each tab has its own. It ends with the tab, at
// sign-out, and when somebody else signs in.
(() => {
  const KEY = "undo history";
  const MOST = 100;

  const app = window.taskoverflow;
  const messages = document.getElementById("messages");
  const owner = JSON.parse(document.body.getAttribute("hx-headers"))["X-List-Owner"];

  const read = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    return kept.owner === owner ? kept.tokens : [];
  };

  const write = (tokens) => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ owner, tokens }));
    } catch {
      if (tokens.length) write(tokens.slice(Math.ceil(tokens.length / 2))); // too large: forget the older half
    }
  };

  const forget = (token) => write(read().filter((one) => one !== token));

  // Each message about a change brings the token that undoes it.
  const collect = () => {
    const received = [...messages.querySelectorAll("[name=token]:not([data-collected])")];
    if (!received.length) return;
    for (const field of received) field.dataset.collected = "";
    const tokens = received.map((field) => field.value);
    write([...read().filter((one) => !tokens.includes(one)), ...tokens].slice(-MOST));
  };

  // --- Undoing on the list page, without leaving it ---

  const remove = (token) => {
    forget(token);
    const toast = [...messages.querySelectorAll("[name=token]")].find((one) => one.value === token)?.closest(".toast");
    if (toast?.contains(document.activeElement)) document.getElementById("main").focus({ preventScroll: true });
    toast?.remove();
  };

  // A token begins with the ids of the lists in which something was changed.
  const isShownHere = (token) => !messages.dataset.list || token.split(" ")[0].split(",").includes(messages.dataset.list);

  // Undo one change, or the last at the time when this one is sent: on the page of one list, the last of that list.
  // What the server does not have yet is taken back first.
  app.undo = (token) => app.inTurn(() => {
    if (!token && app.queue?.undoLast()) return null;
    const wanted = token ?? read().filter(isShownHere).at(-1);
    if (!wanted) {
      app.say(app.text(read().length ? "nothingToUndoHere" : "nothingToUndo"), "info");
      return null;
    }
    const data = new FormData();
    data.set("token", wanted);
    return app.post(messages.dataset.undo, data, { answered: (answer) => { if (answer?.isList) remove(wanted); } });
  });

  // --- Undo buttons, and the end of a history ---

  const underWay = new Set();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches("[data-ends-session]")) write([]);
    if (!form.closest(".toast")) return;
    const token = form.elements.token.value;
    if (!app.inTurn) {
      forget(token);
      return;
    }
    event.preventDefault();
    if (underWay.has(token)) return;
    underWay.add(token);
    await app.undo(token);
    underWay.delete(token);
  });

  document.addEventListener("messages:added", collect);
  collect();
})();
