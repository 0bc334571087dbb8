// Pages that update by themselves when something has changed elsewhere (stream.js says so).
(() => {
  const app = window.taskoverflow;

  const PAUSE_MILLISECONDS = 1000; // between two refreshes
  const BUSY_MILLISECONDS = 500; // somebody is in the middle of something
  const FAILED_MILLISECONDS = 5000;
  const TIMEOUT_MILLISECONDS = 30_000;

  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const main = document.getElementById("main");
  let latest = ""; // what there is to see, as the server says
  let shownFor = ""; // the latest at the time of the last refresh
  let sent = {}; // what came along: the list as it was then, and for which filters
  let refreshedAt = 0;
  let timer = null; // of the next refresh
  let isRefreshing = false;
  let stream = null;

  const place = () => document.querySelector("[data-events]");
  if (!place()) return;
  const query = () => (app.address?.() ?? location.search).split("?")[1] ?? "";
  const about = (milliseconds) => milliseconds * (0.75 + Math.random() / 2);

  // A state says which lists there are, and a number that only grows.
  const isNewer = (state) => {
    const [lists, number] = state.split(".");
    const [shownLists, shownNumber] = place().dataset.state.split(".");
    return lists !== shownLists || Number(number) > Number(shownNumber);
  };
  const isNeeded = () => !stream?.isOver && latest !== shownFor && isNewer(latest);

  // --- Showing what has changed ---

  const news = document.createElement("p");
  news.className = "unseen";
  news.setAttribute("aria-live", "polite");
  document.getElementById("messages").after(news);

  const textOf = () => (document.getElementById("todos") ?? main).textContent.replace(/\s+/g, " ");

  // Call `show` without moving what is under the pointer, or else what is on top of the window.
  const keepPlace = (show) => {
    const rows = [...document.querySelectorAll("#todos li.todo")];
    const anchor = rows.find((row) => row.matches(":hover")) ?? rows.find((row) => row.getBoundingClientRect().top >= 0);
    const top = anchor?.getBoundingClientRect().top;
    show();
    const after = anchor && document.getElementById(anchor.id);
    if (after && scrollY) scrollBy({ top: after.getBoundingClientRect().top - top, behavior: "instant" });
  };

  // The same, and say it if text has changed.
  const replace = (show) => {
    const before = textOf();
    keepPlace(show);
    news.textContent = "";
    if (textOf() !== before) requestAnimationFrame(() => { news.textContent = app.text("changed"); });
  };

  // Pages without a list of todos: replace the whole content, unless somebody is typing there.
  const isTyping = () => main.querySelector("input:focus, textarea:focus, select:focus") !== null
    || [...main.querySelectorAll("form")].some(app.isChanged);

  const offer = () => {
    if (main.querySelector("[data-show]")) return;
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.setAttribute("role", "status");
    notice.innerHTML = '<p></p><button type="button" data-show></button>';
    const [sentence, button] = notice.children;
    sentence.textContent = app.text("changed");
    button.textContent = app.text("show");
    button.addEventListener("click", () => location.reload());
    main.prepend(notice);
  };

  const refreshAll = async () => {
    if (isTyping()) {
      offer();
      return { status: 200 };
    }
    const options = { headers: { ...headers, "X-Live": "true" }, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) };
    const answer = await fetch(location.pathname + location.search, options).catch(() => ({}));
    if (answer.status !== 200) return answer;
    if (answer.redirected) return { status: 403 }; // to the sign-in page
    const received = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    if (isBusy()) return null; // since it was asked for
    if (isTyping()) {
      offer();
      return { status: 200 };
    }
    const active = main.contains(document.activeElement) ? document.activeElement : null;
    const [name, value] = active?.id ? ["id", active.id] : ["href", active?.getAttribute("href")];
    replace(() => main.replaceChildren(...received.childNodes));
    htmx.process(main);
    document.dispatchEvent(new CustomEvent("page:shown"));
    if (active) (value ? main.querySelector(`[${name}="${CSS.escape(value)}"]`) ?? main : main).focus({ preventScroll: true });
    return answer;
  };

  let isPressed = false; // a click must meet what it was aimed at
  window.addEventListener("pointerdown", () => { isPressed = true; }, { capture: true });
  for (const event of ["pointerup", "pointercancel", "blur"]) {
    window.addEventListener(event, () => setTimeout(() => { isPressed = false; }), { capture: true });
  }
  const isBusy = () => isPressed || app.isOpening || document.querySelector(".dragging") !== null;

  Object.assign(app, { isBusy, keepPlace });

  const plan = (wait) => {
    timer ??= setTimeout(refresh, Math.max(wait, refreshedAt + PAUSE_MILLISECONDS - Date.now()));
  };

  // The filters may have changed since the stream was opened. A form here has a token of this session, which nothing has
  // that is sent to several pages.
  const listThatCame = () => {
    const fits = sent.page === query() && !place().querySelector(":scope > form");
    return fits ? sent.html : null;
  };

  // What is here need not wait for the time at which it would be asked for.
  const hurry = () => {
    if (isRefreshing) return;
    clearTimeout(timer);
    timer = null;
    refreshedAt = 0;
  };

  const refresh = async () => {
    let wait = BUSY_MILLISECONDS;
    try {
      isRefreshing = true;
      if (isBusy()) return;
      const wanted = latest;
      refreshedAt = Date.now();
      wait = about(FAILED_MILLISECONDS);
      const answer = await (app.refresh ? app.refresh(isNeeded, replace, listThatCame) : refreshAll());
      if (answer?.status === 200) shownFor = wanted;
      else if (answer?.status === 403 || answer?.status === 404) stream.stop();
      if (!answer || answer.status === 200) wait = BUSY_MILLISECONDS;
    } finally { // whatever has failed, there is a next time
      isRefreshing = false;
      timer = null;
      if (isNeeded()) plan(wait);
    }
  };

  const hear = (text) => {
    const { state, spread, page, html } = JSON.parse(text);
    document.dispatchEvent(new CustomEvent("live:heard"));
    latest = state;
    sent = { page, html };
    if (html && page !== query()) stream.reopen(); // the filters were changed
    if (!isNeeded()) return;
    if (listThatCame()) hurry();
    plan(listThatCame() ? 0 : Math.random() * spread);
  };

  // A list says what it shows: what is new comes along if many show the same.
  const address = () => {
    const url = new URL(place().dataset.events, location.href);
    if (app.refresh) url.searchParams.set("page", query());
    return url;
  };

  stream = app.openStream(address, hear);
})();
