// Pages with a list of todos: what is added and ticked waits in this browser until the server has it, and is sent in order.
// Each change has an id, by which the server makes it once however often it is sent. It waits for its user: others who
// sign in here do not see it.
(() => {
  const AGAIN_MILLISECONDS = 15_000;
  const CHECK_MILLISECONDS = 10_000;
  const AWAY = [502, 503, 504]; // the server is being started, say, or has lost its database
  const MOST_FAILURES = 5;
  const PROTECTED = ["csrfmiddlewaretoken", "list_owner", "next"]; // of the page that sends it

  const app = window.taskoverflow;
  const notice = document.getElementById("waiting");
  const texts = notice.dataset;
  const MOST_MILLISECONDS = (texts.rememberedDays - 1) * 24 * 60 * 60 * 1000; // before the server forgets an id
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
    const transaction = (await database).transaction("changes", mode);
    const request = work(transaction.objectStore("changes"));
    return new Promise((resolve, reject) => {
      transaction.addEventListener("complete", () => resolve(request.result));
      transaction.addEventListener("abort", () => reject(transaction.error));
    });
  };

  const isKept = ({ number }) => number !== undefined;

  // Without a store, as in private windows of some browsers, a change waits as long as the page is open.
  const keep = async (change) => {
    const { number, id, kind, path, values, row, isDone, isTried, at } = change;
    const stored = { owner, id, kind, path, values, row, isDone, isTried, at };
    if (isKept(change)) stored.number = number;
    try {
      change.number = await inStore("readwrite", (store) => store.put(stored));
    } catch (error) {
      console.warn(error);
    }
  };

  const forget = async (change) => {
    if (changes.includes(change)) changes.splice(changes.indexOf(change), 1);
    await change.isBeingKept;
    if (isKept(change)) await inStore("readwrite", (store) => store.delete(change.number)).catch(console.warn);
  };

  // Another tab may have sent it, or taken it back. If one has only tried to send it, this one knows it from now on.
  const isGone = async (change) => {
    await change.isBeingKept;
    if (!isKept(change)) return false;
    const stored = await inStore("readonly", (store) => store.get(change.number)).catch(() => change);
    change.isTried ||= Boolean(stored?.isTried);
    return !stored;
  };

  // Two tabs do not send or take back one change at a time. Returns what `work` returns, null if somebody is at it.
  const alone = (change, work) => navigator.locks
    ? navigator.locks.request(`change ${change.id}`, { ifAvailable: true }, (lock) => lock && work())
    : work();

  // --- Sending ---

  const newId = () => {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // without https
    const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  let isCutOff = false; // the last request failed
  const mayBeCutOff = () => isCutOff || !navigator.onLine;

  // Add a change, and send it. Returns the change.
  const add = (change) => {
    const values = change.values.filter(([name]) => !PROTECTED.includes(name));
    Object.assign(change, { id: newId(), at: new Date().toISOString(), isTried: false, values });
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

  // The token of a page that was opened long ago may be of no use. Returns whether there is a new one for this user, null
  // if the server does not say.
  const renewToken = async () => {
    let received;
    try {
      const answer = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(CHECK_MILLISECONDS) });
      if (!answer.ok) return null;
      const { body } = new DOMParser().parseFromString(await answer.text(), "text/html");
      received = JSON.parse(body.getAttribute("hx-headers") ?? "{}");
    } catch {
      return null;
    }
    if (received["X-List-Owner"] !== owner) return false;
    document.body.setAttribute("hx-headers", JSON.stringify(received));
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = received["X-CSRFToken"];
    return true;
  };

  // If a change has waited for longer than changes do, a clock was wrong: then it is as if it were made now.
  const age = ({ at }) => Date.now() - new Date(at);
  const secondsWaited = (change) => age(change) > MOST_MILLISECONDS ? 0 : Math.max(0, Math.round(age(change) / 1000));

  const post = (change) => {
    const data = new FormData();
    for (const [name, value] of change.values) data.append(name, value);
    data.set("change_id", change.id);
    data.set("waited_seconds", secondsWaited(change)); // "tomorrow" is of then
    const elsewhere = isHere(change) ? undefined : listOf(change.path) || "/";
    const answered = (answer) => { if (answer?.isList) forget(change); };
    return app.post(change.path, data, { ticked: change.row, isQuiet: true, isKept: () => isKept(change), answered, elsewhere });
  };

  // Returns the answer, and what renewToken returned if the token was of no use.
  const postWithToken = async (change) => {
    change.isSending = true;
    render();
    try {
      const answer = await post(change);
      const isRenewed = answer?.status === 403 ? await renewToken() : null;
      return [isRenewed ? await post(change) : answer, isRenewed];
    } finally {
      change.isSending = false;
    }
  };

  // Whether a change that failed can be sent later. The server may fail because of this very change: that ends some time, so
  // that it does not keep others waiting.
  const isForLater = (change, { status }) => {
    if (status === 429 || AWAY.includes(status)) return true;
    if (status < 500) return false;
    change.failures = (change.failures ?? 0) + 1;
    return change.failures < MOST_FAILURES;
  };

  // Send one change. Returns whether others may follow.
  const send = async (change) => {
    if (await isGone(change)) {
      await forget(change);
      return true;
    }
    if (mayBeCutOff() && !await app.isReachable()) return wait(unsent);
    if (!changes.includes(change)) return true; // it was taken back meanwhile, where there are no locks
    if (!change.isTried) {
      change.isTried = true;
      await keep(change);
    }
    const [answer, isRenewed] = await postWithToken(change);
    isCutOff = !answer;
    if (answer?.isList) {
      document.dispatchEvent(new CustomEvent("queue:sent", { detail: answer }));
      return true;
    }
    if (!answer || (answer.status === 403 && isRenewed === null)) return wait(unsent);
    if (answer.status === 403 && !isRenewed) return wait((one) => isKept(one) ? texts.signedOut : app.reason(answer));
    if (isForLater(change, answer)) return wait(() => app.reason(answer));
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

  const unsent = (change) => isKept(change) ? texts.unsent : app.reason(null);

  const wait = async (problemOf) => {
    await Promise.all(changes.map((change) => change.isBeingKept));
    for (const change of changes) if (!change.isRefused) change.problem = problemOf(change);
    return false;
  };

  let turns = 0; // that have not ended
  let stops = 0; // how often something could not be sent

  // Send all changes up to this one. One that cannot be sent now waits, and so do those after it.
  const sendUntil = async (change) => {
    const before = stops;
    turns += 1;
    const work = async () => {
      while (stops === before && changes.includes(change) && !change.isRefused) {
        const next = changes.find((one) => !one.isRefused);
        const mayGoOn = await alone(next, () => send(next));
        if (mayGoOn) continue;
        if (mayGoOn === null) await wait((one) => one.problem ?? unsent(one));
        stops += 1;
      }
      render();
    };
    try {
      await app.inTurn(work, { isSafe: () => changes.every(isKept) });
    } finally {
      turns -= 1;
    }
  };

  const tryAgain = async () => {
    if (turns) return;
    for (const change of [...changes]) if (change.isRefused && await isGone(change)) await forget(change);
    const last = changes.findLast((change) => !change.isRefused);
    if (last && !turns) await sendUntil(last);
  };

  // --- Taking back ---

  const isWaiting = (change) => change.problem && !change.isSending;

  // Returns whether it was taken back. What may have reached the server already is sent again first: only then can it be
  // said what undoes it.
  const takeBack = async (change) => {
    const isBack = await alone(change, async () => {
      const wasHere = !await isGone(change) && changes.includes(change);
      if (wasHere && change.isTried && !change.isRefused) return null;
      await forget(change);
      render();
      return wasHere;
    });
    if (isBack === null) {
      app.say(texts.perhapsSent, "info");
      tryAgain();
    }
    return Boolean(isBack);
  };

  // Undo the last change that waits and can be seen here. Returns whether there is one.
  const undoLast = () => {
    const last = changes.findLast((change) => isWaiting(change) && !change.isRefused && (change.kind === "add"
      ? isLineHere(change)
      : document.getElementById(change.row)));
    if (!last) return false;
    if (last.kind === "add") document.dispatchEvent(new CustomEvent("queue:edit", { detail: last })); // nothing typed is lost
    else takeBack(last).then((isBack) => { if (isBack) app.say(texts.takenBack, "info"); });
    return true;
  };

  // A tick that waits is taken back by the next one.
  const tick = (row, path, data) => {
    const before = changes.find((change) => change.row === row.id);
    if (before) {
      takeBack(before);
      return;
    }
    row.classList.add("sending");
    for (const name of ["todo", "all", "query", "state", "found_at"]) data.delete(name); // the selection, which is another matter
    add({ kind: "tick", path, values: [...data], row: row.id, isDone: !row.matches(".done") });
  };

  // --- What waits, on the page ---

  const unmark = (row) => {
    row.classList.remove("waiting", "sending");
    row.querySelector("[data-waiting]")?.remove();
    if (row.dataset.wasDone) row.classList.toggle("done", row.dataset.wasDone === "true");
    delete row.dataset.wasDone;
  };

  const templateOf = (name) => notice.querySelector(`template[data-for="${name}"]`).content.cloneNode(true);

  const mark = (row, change) => {
    row.dataset.wasDone ??= row.matches(".done");
    row.classList.toggle("done", change.isDone);
    row.classList.add("waiting");
    row.append(templateOf("tick"));
  };

  // Say in its row what a line would add.
  const describe = (line, row) => {
    const values = Object.fromEntries(line.values);
    row.querySelector(".title").textContent = values.title;
    row.querySelector(".note").textContent = [values.date, values.time, values.description].filter(Boolean).join(" ");
  };

  // A line that has no place on this page, as its list may be gone.
  const rowOf = (change) => {
    const row = templateOf("line");
    describe(change, row);
    row.querySelector(".error").textContent = change.isRefused ? change.problem : "";
    const button = row.querySelector("button");
    button.hidden = !change.isRefused;
    button.addEventListener("click", () => takeBack(change));
    return row;
  };

  let shown = ""; // so that nothing is replaced under a pointer without need

  const render = () => {
    for (const row of document.querySelectorAll("#todos .todo:is(.waiting, .sending)")) unmark(row);
    for (const change of changes) {
      const row = change.row && document.querySelector(`#todos #${change.row}:not(.editing)`);
      if (row && change.problem) mark(row, change);
      row?.classList.toggle("sending", !isWaiting(change));
    }
    // Lines have a place of their own on the page of their list, which says why they wait.
    const problems = changes.filter((change) => change.problem);
    const apart = problems.filter((change) => change.kind === "add" && !isLineHere(change));
    const isSaid = problems.some((change) => change.kind === "add" && isLineHere(change) && !change.isRefused);
    const reason = (!isSaid && problems.find((change) => !change.isRefused)?.problem) || "";
    const state = JSON.stringify([reason, apart.map(({ id, problem }) => [id, problem])]);
    if (state !== shown) {
      shown = state;
      notice.querySelector("[data-reason]").textContent = reason;
      notice.querySelector("ul").replaceChildren(...apart.map(rowOf));
      notice.querySelector("[data-actions]").hidden = !reason;
    }
    notice.hidden = !reason && !apart.length && !app.isKeptPage;
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

  app.queue = { add, changes, describe, forget, takeBack, tick, tryAgain, undoLast };

  // What waits since before this page was opened.
  const load = async () => {
    const stored = await inStore("readonly", (store) => store.getAll());
    for (const change of stored) {
      const isOwn = change.owner === owner;
      const isOld = age(change) > MOST_MILLISECONDS;
      const isRefused = isOld && change.isTried; // it might be made twice
      if (isOwn ? isRefused && change.kind !== "add" : isOld) await forget(change);
      else if (isOwn && !changes.some(({ id }) => id === change.id)) {
        changes.push({ ...change, isRefused, problem: isRefused ? texts.tooOld : texts.unsent });
      }
    }
    changes.sort((one, other) => (one.number ?? Infinity) - (other.number ?? Infinity));
    render();
    tryAgain();
  };
  load().catch(console.warn);
})();
