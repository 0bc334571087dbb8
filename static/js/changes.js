// Pages with a list of todos: sends changes one after the other, in the order in which they were made, and shows each answer.
// No change is dropped, and no answer shows a list that is older than the one on the page.
(() => {
  const TIMEOUT_MILLISECONDS = 60_000;
  const KEEPALIVE_CHARACTERS = 60_000; // browsers allow 64 KiB

  const app = (window.taskoverflow ??= {});
  let last = Promise.resolve();
  let waiting = 0; // tasks that have not ended
  const atRisk = []; // of each of these, whether what it sends would be lost with the page
  let turns = 0; // tasks so far
  let failures = 0;

  // Start the task once all earlier ones have ended. Returns what the task returns. If it `isSafe`, what it sends is kept.
  const inTurn = (task, { isSafe = () => false } = {}) => {
    waiting += 1;
    turns += 1;
    atRisk.push(() => !isSafe());
    const result = last.then(task);
    last = result.catch((error) => console.error(error)).finally(() => {
      waiting -= 1;
      atRisk.shift();
    });
    return result;
  };

  // Remember the focus. Returns a function that gives it back, or to what took the place of the element that had it.
  const rememberFocus = (ticked) => {
    const active = document.activeElement;
    const row = active.closest("#todos li.todo");
    const range = row && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : null;
    const isTicked = row?.id === ticked;
    const part = isTicked ? "tick" : ["tick", "pick", "grip"].find((name) => active.classList.contains(name)) ?? "title";
    const neighbours = [row?.nextElementSibling, row?.previousElementSibling]
      .filter(Boolean).map((other) => `#${other.id} .${part}`);
    // A ticked row moves to another section: the focus stays where it was.
    const own = row && !isTicked ? [`#${row.id} .${part}`, `#${row.id} .title`] : [];
    return () => {
      const hasLost = !document.activeElement || document.activeElement === document.body;
      if (!row || !hasLost) return;
      const places = active.isConnected ? [active] : [...own, ...neighbours, "#main"].map((one) => document.querySelector(one));
      const place = places.find(Boolean);
      place.focus({ preventScroll: place.id === "main" });
      if (place === active && range?.[0] != null) active.setSelectionRange(...range);
    };
  };

  // Make an element like another one, and leave alone what they have in common: of a long list, that need not be laid out
  // again.
  const keyOf = (element) => element.id || `${element.tagName} ${element.className}`;
  const liken = (old, wanted) => {
    for (const { name } of [...old.attributes]) if (!wanted.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of wanted.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const known = new Map([...old.children].map((child) => [keyOf(child), child]));
    let place = old.firstElementChild;
    for (const child of [...wanted.children]) {
      let kept = known.get(keyOf(child));
      known.delete(keyOf(child));
      if (kept && !kept.isEqualNode(child)) {
        if (kept.matches("section, ul")) liken(kept, child);
        else kept = null;
      }
      if (kept && kept === place) place = place.nextElementSibling;
      else old.insertBefore(kept ?? child, place);
    }
    while (place) {
      const next = place.nextElementSibling;
      place.remove();
      place = next;
    }
  };

  // Show another list. Rows that are being edited are moved into it as they are.
  const show = (html, ticked) => {
    const received = new DOMParser().parseFromString(html, "text/html");
    const old = document.getElementById("todos");
    const list = document.adoptNode(received.getElementById("todos"));
    const giveFocusBack = rememberFocus(ticked);
    const editors = old.querySelectorAll("li.editing");
    if (editors.length) {
      old.before(list);
      for (const editor of editors) app.keepEditor(editor, list);
      old.remove();
    } else liken(old, list);
    showCounts(received);
    showMessages(received);
    document.dispatchEvent(new CustomEvent("list:shown", { detail: html }));
    giveFocusBack();
  };

  // The navigation counts the open todos of each list.
  const showCounts = (received) => {
    for (const count of received.querySelectorAll("#counts [data-open]")) {
      const place = document.querySelector(`#lists [data-open="${count.dataset.open}"]`);
      if (place) place.textContent = count.textContent;
    }
  };

  const showMessages = (received) => {
    document.getElementById("messages").append(...received.querySelectorAll(".toast"));
    document.dispatchEvent(new CustomEvent("messages:added"));
  };

  // Ask the server. Returns null if it cannot be reached.
  const ask = async (path, options = {}) => {
    try {
      const headers = JSON.parse(document.body.getAttribute("hx-headers"));
      const answer = await fetch(path, {
        ...options,
        headers: { ...headers, ...options.headers, "HX-Request": "true", "HX-Current-URL": location.href },
        cache: "no-store",
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
      const isSignedOut = answer.redirected || answer.headers.has("HX-Redirect");
      return {
        status: isSignedOut ? 403 : answer.status,
        isList: answer.headers.get("HX-Retarget") === "#todos",
        added: answer.headers.get("X-Added"),
        html: await answer.text(),
      };
    } catch {
      return null;
    }
  };

  // The address of what is shown: the page at the location, and those below it that were reached by scrolling.
  const address = (more = 0) => {
    const pages = Number(document.getElementById("todos")?.dataset.pages ?? 1) + more;
    if (pages === 1) return location.pathname + location.search;
    const query = new URLSearchParams(location.search);
    query.set("shown", pages);
    return `${location.pathname}?${query}`;
  };

  // Post a change. `answered` is called before the list is shown, unless that is the list of `elsewhere`. A change that
  // `isKept` is sent later if it fails. Returns the answer, null if there was none.
  const post = async (path, data, { ticked, answered, isQuiet, isKept, elsewhere } = {}) => {
    data.set("next", elsewhere ?? address());
    const body = new URLSearchParams(data);
    const keepalive = body.toString().length < KEEPALIVE_CHARACTERS; // it is sent even if the page is left meanwhile
    const answer = await ask(path, { method: "POST", body, keepalive });
    const mayLeave = !answer && isKept?.() && navigator.serviceWorker?.controller; // other pages are there without a network
    if (!answer?.isList && !mayLeave) failures += 1;
    answered?.(answer);
    if (answer?.isList) {
      if (elsewhere === undefined) show(answer.html, ticked);
    } else if (answer?.status !== 422 && !isQuiet) app.complain(answer);
    return answer;
  };
  const send = (...change) => inTurn(() => post(...change));

  // Show the list of another address, unless a later one is waiting.
  let latest;
  const load = (wanted) => {
    latest = wanted;
    return inTurn(async () => {
      if (latest !== wanted) return;
      const answer = await ask(wanted);
      if (answer?.status === 200) {
        if (wanted !== location.pathname + location.search) history.pushState(null, "", wanted);
        show(answer.html);
      } else app.complain(answer);
    });
  };

  // Show the list as it is now, with one more page on request. `replace` is called with what shows it, unless it is not
  // `possible` when it comes: then null is returned.
  const reload = ({ more = 0, replace = (showIt) => showIt(), possible = () => true } = {}) => inTurn(async () => {
    const answer = await ask(address(more));
    if (!possible()) return null;
    if (answer?.status === 200) replace(() => show(answer.html));
    else if (!more) app.complain(answer);
    return answer ?? {};
  });

  // Show the page as it is now, because of a change made elsewhere. What somebody does here comes first: then nothing is
  // shown, and null is returned. `isNeeded` says so once all changes are answered, `replace` is called with what shows the list.
  // `listThatCame` returns the list if it came with the event, so that nobody need be asked.
  const refresh = async (isNeeded, replace, listThatCame) => {
    await last;
    if (waiting || !isNeeded() || app.isBusy()) return null;
    const html = listThatCame();
    if (html) {
      replace(() => show(html));
      return { status: 200 };
    }
    const before = turns;
    const answer = await ask(address(), { headers: { "X-Live": "true" } });
    if (turns !== before || app.isBusy()) return null;
    if (answer?.status === 200) replace(() => show(answer.html));
    return answer ?? {};
  };

  Object.assign(app, { address, ask, inTurn, load, post, refresh, reload, send });

  // --- Ticks, and buttons for the selection ---

  // The selection was to be moved, but to no day. It stays selected.
  const askForDay = (html) => {
    showMessages(new DOMParser().parseFromString(html, "text/html"));
    const words = document.getElementById("move-when");
    const day = words.value ? words : document.getElementById("move-day");
    day.setAttribute("aria-invalid", "true");
    day.addEventListener("input", () => day.removeAttribute("aria-invalid"), { once: true });
    const active = document.activeElement;
    const hasMovedOn = active !== document.body && !active.matches(".pick") && active.form?.id !== "changes";
    if (!hasMovedOn) day.focus();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.matches("#changes")) return;
    event.preventDefault();
    const button = event.submitter;
    const row = button?.closest("li.todo");
    if (row?.matches(".sending")) return;
    const data = new FormData(form, button);
    if (row) {
      app.queue.tick(row, button.getAttribute("formaction"), data);
      return;
    }
    const selected = data.has("all") ? undefined : data.getAll("todo");
    send(button?.getAttribute("formaction") ?? form.getAttribute("action"), data, {
      answered: (answer) => {
        if (answer?.isList) {
          for (const menu of form.querySelectorAll("[popover]")) menu.hidePopover?.();
          app.forgetWords(document.getElementById("move-when"));
          const isRefused = answer.status === 409; // all are not what was seen; those of the page stay selected
          if (!button?.matches("[data-keeps-selection]")) app.unselect(isRefused ? [] : selected);
        } else if (answer?.status === 422) askForDay(answer.html);
      },
    });
  });

  // --- Leaving the page ---

  // The first is on its way. More would be lost.
  app.unsaved.push(() => atRisk.slice(1).some((isAtRisk) => isAtRisk()));

  // A link waits for the changes that are being sent, and is not followed if one of them fails.
  let destination = null;
  window.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!waiting || !link || link.target || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    event.preventDefault();
    const isFirst = destination === null;
    destination = link.href;
    const before = failures;
    if (isFirst) inTurn(() => {
      if (failures === before) location.href = destination;
      destination = null;
    });
  });
})();
