// Every page: the last list pages are kept for when there is no network (service_worker.js), for the page's user, or for
// everybody not signed in.
(() => {
  const KEPT = "pages of "; // and whose
  const PAUSE_MILLISECONDS = 1000; // so that a list that changes often is not kept each time

  const owner = JSON.parse(document.body.getAttribute("hx-headers"))["X-List-Owner"];
  if (!window.caches || !("serviceWorker" in navigator)) return; // both need https

  const forgetOthers = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(KEPT) && name !== KEPT + owner);
    await Promise.all(names.map((name) => caches.delete(name)));
  };
  forgetOthers().catch(console.warn);
  navigator.serviceWorker.controller?.postMessage({ owner }); // which may be keeping a page of somebody else

  // The next page does so, too, unless it never comes.
  document.querySelector("[data-ends-session]")?.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) caches.delete(KEPT + owner).catch(console.warn);
  });

  // --- Pages with a list of todos ---

  const app = window.taskoverflow;
  const notice = document.getElementById("waiting");
  if (!notice) return;

  // A page that came from the network before there was a worker is asked for once more.
  const register = async () => {
    const isFirst = !navigator.serviceWorker.controller;
    await navigator.serviceWorker.register(notice.dataset.worker);
    const { active } = await navigator.serviceWorker.ready;
    if (isFirst) active.postMessage({ keep: location.pathname });
  };
  register().catch(console.warn); // some browsers refuse in private windows

  const { keptAt } = document.body.dataset;
  app.isKeptPage = keptAt !== undefined;
  if (app.isKeptPage) {
    const full = { dateStyle: "medium", timeStyle: "short" };
    const isOfToday = new Date(keptAt).toDateString() === new Date().toDateString();
    const time = notice.querySelector("time");
    time.dateTime = keptAt;
    time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, isOfToday ? { timeStyle: "short" } : full)
      .format(new Date(keptAt));
    for (const toast of document.querySelectorAll(".toast")) toast.remove(); // of that time
    notice.querySelector("[data-kept]").hidden = notice.hidden = false;
  }

  const showAsOfNow = () => {
    app.isKeptPage = false;
    notice.querySelector("[data-kept]").hidden = true;
    if (!notice.querySelector("[data-reason]").textContent) notice.hidden = true;
  };
  for (const [target, event] of [[window, "online"], [document, "live:heard"]]) {
    target.addEventListener(event, () => { if (app.isKeptPage) app.load(location.pathname + location.search); });
  }

  // The list has changed: the page that is kept shows it, too.
  const keep = async (html) => {
    const cache = await caches.open(KEPT + owner);
    const kept = await cache.match(location.pathname, { ignoreVary: true });
    if (!kept) return;
    const parse = (text) => new DOMParser().parseFromString(text, "text/html");
    const page = parse(await kept.text());
    page.getElementById("todos").replaceWith(parse(html).getElementById("todos"));
    const headers = new Headers(kept.headers);
    headers.set("X-Kept-At", new Date().toISOString());
    await cache.put(location.pathname, new Response(`<!doctype html>${page.documentElement.outerHTML}`, { headers }));
  };
  let timer = null;
  document.addEventListener("list:shown", ({ detail: html }) => {
    if (!html) return; // an editor was closed
    showAsOfNow();
    clearTimeout(timer);
    if (!location.search) timer = setTimeout(() => keep(html).catch(console.warn), PAUSE_MILLISECONDS);
  });
})();
