// Pages that update by themselves: server-sent events say when something has changed elsewhere. Where there are none, the page
// asks now and then. Nothing happens while the tab is hidden.
(() => {
  const app = window.taskoverflow;

  const PAUSE_MILLISECONDS = 1000; // between two refreshes
  const BUSY_MILLISECONDS = 500; // somebody is in the middle of something
  const FAILED_MILLISECONDS = 5000;
  const SILENT_MILLISECONDS = 10_000; // a stream of which nothing comes by then is held back on its way
  const POLL_MILLISECONDS = 20_000;
  const owner = JSON.parse(document.body.getAttribute("hx-headers"))["X-List-Owner"];

  let source = null;
  let latest = ""; // what there is to see, as the server says
  let shownFor = ""; // the latest at the time of the last refresh
  let refreshedAt = 0;
  let timer = null; // of the next refresh
  let check = null; // of the stream, or of the next poll
  let isHeldBack = !window.EventSource;
  let isOver = false; // who asks may not see this any more: the page says so at the next action

  const place = () => document.querySelector("[data-events]");
  const soon = (milliseconds) => milliseconds * (0.75 + Math.random() / 2);

  // A state says which lists there are, and a number that only grows.
  const isNewer = (state) => {
    const [lists, number] = state.split(".");
    const [shownLists, shownNumber] = place().dataset.state.split(".");
    return lists !== shownLists || Number(number) > Number(shownNumber);
  };
  const isNeeded = () => latest !== shownFor && isNewer(latest);

  // --- Showing what has changed ---

  const news = document.createElement("p");
  news.className = "unseen";
  news.setAttribute("role", "status");
  document.getElementById("main").append(news);

  const textOf = () => place().textContent.replace(/\s+/g, " ");

  // Replace the list without moving what is under the pointer, or else what is on top of the window.
  const replace = (show) => {
    const rows = [...document.querySelectorAll("#todos li.todo")];
    const anchor = rows.find((row) => row.matches(":hover")) ?? rows.find((row) => row.getBoundingClientRect().top >= 0);
    const top = anchor?.getBoundingClientRect().top;
    const before = textOf();
    show();
    const after = anchor && document.getElementById(anchor.id);
    if (after && scrollY) scrollBy({ top: after.getBoundingClientRect().top - top, behavior: "instant" });
    news.textContent = "";
    if (textOf() !== before) requestAnimationFrame(() => { news.textContent = "The list has changed."; });
  };

  let isPressed = false; // a click must meet what it was aimed at
  window.addEventListener("pointerdown", () => { isPressed = true; }, { capture: true });
  for (const event of ["pointerup", "pointercancel", "blur"]) {
    window.addEventListener(event, () => setTimeout(() => { isPressed = false; }), { capture: true });
  }
  const isBusy = () => isPressed || app.isOpening || document.querySelector("#todos .dragging") !== null;

  const plan = (wait) => {
    timer ??= setTimeout(refresh, Math.max(wait, refreshedAt + PAUSE_MILLISECONDS - Date.now()));
  };

  const refresh = async () => {
    let wait = BUSY_MILLISECONDS;
    if (!isBusy()) {
      const wanted = latest;
      refreshedAt = Date.now();
      const answer = await app.refresh(isNeeded, replace);
      if (answer?.status === 200) shownFor = wanted;
      else if (answer?.status === 403 || answer?.status === 404) stop();
      else if (answer) wait = soon(FAILED_MILLISECONDS);
    }
    timer = null;
    if (!isOver && isNeeded()) plan(wait);
  };

  const hear = (text) => {
    const { state, spread } = JSON.parse(text);
    latest = state;
    if (isNeeded()) plan(Math.random() * spread);
  };

  // --- Hearing of it ---

  const address = () => `${place().dataset.events}?${new URLSearchParams({ owner })}`;

  const close = () => {
    source?.close();
    source = null;
    clearTimeout(check);
  };

  const stop = () => {
    isOver = true;
    close();
  };

  const open = () => {
    if (source || isOver || document.hidden) return;
    if (isHeldBack) {
      poll();
      return;
    }
    source = new EventSource(address());
    check = setTimeout(() => {
      close();
      isHeldBack = true;
      open();
    }, SILENT_MILLISECONDS);
    source.addEventListener("message", (event) => {
      clearTimeout(check);
      hear(event.data);
    });
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return; // it opens the stream again by itself
      close();
      check = setTimeout(open, soon(POLL_MILLISECONDS));
    });
  };

  const poll = async () => {
    const answer = await fetch(`${address()}&once=1`, { cache: "no-store", redirect: "error" }).catch(() => null);
    if (answer?.status === 403 || answer?.status === 404) stop();
    else if (answer?.status === 200) hear((await answer.text()).match(/^data: (.*)$/m)[1]);
    clearTimeout(check);
    if (!isOver && !document.hidden) check = setTimeout(open, soon(POLL_MILLISECONDS));
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
})();
