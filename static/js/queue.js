// Pages with a list of todos: what is added and ticked waits in this browser until the server has it, and is sent in order.
// Each change has an id, by which the server makes it once however often it is sent. It waits for its user: others who
// sign in here do not see it.
(() => {
  const AGAIN_MILLISECONDS = 15_000;
  const PROTECTED = ["csrfmiddlewaretoken", "list_owner", "next"]; // of the page that sends it

  const app = window.taskoverflow;
  const notice = document.getElementById("waiting");
  const texts = notice.dataset;
  const headers = () => JSON.parse(document.body.getAttribute("hx-headers"));
  const owner = headers()["X-List-Owner"];
  const changes = []; // of this user, the oldest first

  // --- The store ---

  const database = new Promise((resolve, reject) => {
    const request = indexedDB.open("taskoverflow", 1);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore("changes", { keyPath: "number", autoIncrement: true });
    });
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });

  // Do what `work` does with the store. Returns the result of its request once that is written.
  const inStore = async (mode, work) => {
    const transaction = (await database).transaction("changes", mode, { durability: "strict" });
    const request = work(transaction.objectStore("changes"));
    return new Promise((resolve, reject) => {
      transaction.addEventListener("complete", () => resolve(request.result));
      transaction.addEventListener("abort", () => reject(transaction.error));
    });
  };

  // Without a store, as in private windows of some browsers, a change waits as long as the page is open.
  const keep = async (change) => {
    try {
      const { id, kind, path, values, row, isDone } = change;
      change.number = await inStore("readwrite", (store) => store.add({ owner, id, kind, path, values, row, isDone }));
    } catch (error) {
      console.warn(error);
    }
  };

  const isKept = ({ number }) => number !== undefined;

  const forget = async (change) => {
    if (changes.includes(change)) changes.splice(changes.indexOf(change), 1);
    await change.isBeingKept;
    if (isKept(change)) await inStore("readwrite", (store) => store.delete(change.number)).catch(console.warn);
  };

  // Another tab may have sent it, or taken it back.
  const isGone = (change) => isKept(change)
    ? inStore("readonly", (store) => store.count(change.number)).then((count) => count === 0, () => false)
    : false;

  // --- Sending ---

  const newId = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // without https
    const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  // Add a change, and send it. Returns the change.
  const add = (change) => {
    const values = change.values.filter(([name]) => !PROTECTED.includes(name));
    Object.assign(change, { id: newId(), values });
    changes.push(change);
    change.isBeingKept = keep(change);
    sendUntil(change);
    return change;
  };

  // Of which list an address is; the page's answer to a change of another one is of no use here.
  const listOf = (path) => path.match(/^\/lists\/\d+/)?.[0] ?? "";
  const ofSeveralLists = document.getElementById("messages").dataset.list === "";
  const isHere = ({ path }) => ofSeveralLists || listOf(path) === listOf(location.pathname);

  const isLineHere = ({ path }) => path === document.getElementById("add")?.getAttribute("action");

  // The token of a page that was opened long ago may be of no use. Returns whether there is a new one for this user.
  const renewToken = async () => {
    const answer = await fetch("/", { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return false;
    const body = new DOMParser().parseFromString(await answer.text(), "text/html").body;
    const received = JSON.parse(body.getAttribute("hx-headers") ?? "{}");
    if (received["X-List-Owner"] !== owner) return false;
    document.body.setAttribute("hx-headers", JSON.stringify(received));
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = received["X-CSRFToken"];
    return true;
  };

  const post = (change) => {
    const data = new FormData();
    for (const [name, value] of change.values) data.append(name, value);
    data.set("change_id", change.id);
    const elsewhere = isHere(change) ? undefined : listOf(change.path) || "/";
    const answered = (answer) => { if (answer?.isList) forget(change); };
    return app.post(change.path, data, { ticked: change.row, isQuiet: true, isKept: () => isKept(change), answered, elsewhere });
  };

  // Send one change. Returns whether others may follow.
  const send = async (change) => {
    if (change.problem && await isGone(change)) {
      await forget(change);
      return true;
    }
    change.isSending = true;
    render();
    let answer = await post(change);
    const wasRefused = answer?.status === 403;
    const isRenewed = wasRefused && await renewToken();
    if (isRenewed) answer = await post(change);
    await change.isBeingKept;
    change.isSending = false;
    if (answer?.isList) {
      document.dispatchEvent(new CustomEvent("queue:sent", { detail: answer }));
      return true;
    }
    if (wasRefused && !isRenewed) return wait(texts.signedOut);
    if (!answer) return wait(isKept(change) ? texts.unsent : app.reason(null));
    if (answer.status === 429 || answer.status >= 500) return wait(app.reason(answer));
    if (change.kind === "add") {
      const errors = [...new DOMParser().parseFromString(answer.html, "text/html").querySelectorAll(".error")];
      const sentences = [...new Set(errors.map((error) => error.textContent.trim()))].join(" ");
      Object.assign(change, { isRefused: true, problem: (answer.status === 422 && sentences) || app.reason(answer) });
      document.dispatchEvent(new CustomEvent("queue:refused", { detail: change }));
    } else {
      app.complain(answer);
      await forget(change);
    }
    return true;
  };

  const wait = (problem) => {
    for (const change of changes) if (!change.isRefused) change.problem = problem;
    return false;
  };

  // Send all changes up to this one. One that cannot be sent now waits, and so do those after it.
  const sendUntil = (change) => app.inTurn(async () => {
    while (changes.includes(change) && !change.isRefused) {
      if (!await send(changes.find((one) => !one.isRefused))) break;
    }
    render();
  });

  const tryAgain = () => {
    const last = changes.findLast((change) => !change.isRefused);
    return last && sendUntil(last);
  };

  // --- Taking back ---

  const isWaiting = (change) => change.problem && !change.isSending;

  // Returns false if it is being sent.
  const takeBack = (change) => {
    if (change.isSending || !changes.includes(change)) return false;
    forget(change);
    render();
    return true;
  };

  // Undo the last change that waits and can be seen here. Returns whether there is one.
  const undoLast = () => {
    const last = changes.findLast((change) => isWaiting(change) && (change.kind === "add"
      ? isLineHere(change)
      : document.getElementById(change.row)));
    if (!last) return false;
    if (last.kind === "add") document.dispatchEvent(new CustomEvent("queue:edit", { detail: last })); // nothing typed is lost
    else if (takeBack(last)) app.say(texts.takenBack, "info");
    return true;
  };

  // A tick that waits is taken back by the next one.
  const tick = (row, path, data) => {
    const before = changes.find((change) => change.row === row.id);
    if (before) {
      if (isWaiting(before)) takeBack(before);
      return;
    }
    row.classList.add("sending");
    data.delete("todo"); // the selection, which is another matter
    add({ kind: "tick", path, values: [...data], row: row.id, isDone: !row.matches(".done") });
  };

  // --- What waits, on the page ---

  const unmark = (row) => {
    row.classList.remove("waiting", "sending");
    row.querySelector("[data-waiting]")?.remove();
    if (row.dataset.wasDone) row.classList.toggle("done", row.dataset.wasDone === "true");
    delete row.dataset.wasDone;
  };

  const mark = (row, change) => {
    row.dataset.wasDone ??= row.matches(".done");
    row.classList.toggle("done", change.isDone);
    row.classList.add("waiting");
    row.append(notice.querySelector("template").content.cloneNode(true));
  };

  const render = () => {
    for (const row of document.querySelectorAll("#todos .todo:is(.waiting, .sending)")) unmark(row);
    for (const change of changes) {
      const row = change.row && document.querySelector(`#todos #${change.row}:not(.editing)`);
      if (row && change.problem) mark(row, change);
      row?.classList.toggle("sending", !isWaiting(change));
    }
    // Lines have a place of their own on the page of their list, which says why they wait.
    const problems = changes.filter((change) => change.problem);
    const isSaid = problems.some(isLineHere);
    const apart = problems.find((change) => change.kind === "tick" ? !isSaid : !isLineHere(change));
    const reason = notice.querySelector("[data-reason]");
    if (reason.textContent !== (apart?.problem ?? "")) reason.textContent = apart?.problem ?? "";
    notice.querySelector("[data-actions]").hidden = !apart;
    notice.hidden = !apart && !app.isKeptPage;
    document.dispatchEvent(new CustomEvent("queue:changed"));
  };

  document.addEventListener("list:shown", render);
  notice.querySelector("[data-try-again]").addEventListener("click", tryAgain);
  window.addEventListener("online", tryAgain);
  setInterval(() => { if (!document.hidden && changes.some(isWaiting)) tryAgain(); }, AGAIN_MILLISECONDS);

  document.addEventListener("submit", (event) => {
    const isToEnd = event.target.matches("[data-ends-session]") && changes.length > 0;
    if (isToEnd && !confirm(texts.signOut)) event.preventDefault();
  }, { capture: true });
  app.unsaved.push(() => changes.some((change) => !isKept(change) && !change.isSending));

  app.queue = { add, changes, takeBack, tick, tryAgain, undoLast };

  // What waits since before this page was opened.
  const load = async () => {
    const stored = await inStore("readonly", (store) => store.getAll());
    const own = stored.filter((change) => change.owner === owner && !changes.some(({ id }) => id === change.id));
    changes.unshift(...own.map((change) => ({ ...change, problem: texts.unsent })));
    render();
    if (own.length) tryAgain();
  };
  load().catch(console.warn);
})();
