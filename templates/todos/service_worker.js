{% load static %}// Keeps the last list pages for the page's user, or for everybody not signed in, with the files that they need, and shows
// them when there is no network. The server says which pages to keep. static/js/offline.js deletes those of others.
const KEPT = "pages of "; // and whose
const FILES = "files";
const STATIC = "{% get_static_prefix %}";
const LISTS = /^\/(?:today|upcoming|lists\/\d+)?$/;
const KEPT_MILLISECONDS = Number("{{ session_seconds }}") * 1000; // as long as a session without a visit
const HASHED = /\.[0-9a-f]{12}\.\w+$/; // a file with this name never changes

const ownersPages = async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith(KEPT));
  return Promise.all(names.map((name) => caches.open(name)));
};

const filesOf = (html) => [...new Set([...html.matchAll(/(?:src|href)="([^"#]+)/g)].map(([, address]) => address))]
  .filter((address) => address.startsWith(STATIC));

let owner = null; // of the page that came last

const keep = async (path, response) => {
  const its = response.headers.get("X-Kept-For");
  await forgetAll(KEPT + owner);
  const html = await response.text();
  const headers = new Headers(response.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  headers.set("X-Kept-At", new Date().toISOString());
  const files = await caches.open(FILES);
  for (const address of filesOf(html)) {
    if (!await files.match(address, { ignoreVary: true })) await files.add(address);
  }
  if (owner !== its) return; // somebody has signed out meanwhile
  await (await caches.open(KEPT + its)).put(path, new Response(html, { headers }));
  await tidy();
  if (owner !== its) await forgetAll(KEPT + owner);
};

const isOld = (page) => Date.now() - new Date(page.headers.get("X-Kept-At")) > KEPT_MILLISECONDS;

// Delete pages that nobody has opened for long, and files that none of the pages needs.
const tidy = async () => {
  const needed = new Set();
  for (const pages of await ownersPages()) {
    for (const request of await pages.keys()) {
      const page = await pages.match(request, { ignoreVary: true });
      if (isOld(page)) await pages.delete(request);
      else for (const address of filesOf(await page.text())) needed.add(address);
    }
  }
  const files = await caches.open(FILES);
  for (const request of await files.keys()) {
    if (!needed.has(new URL(request.url).pathname)) await files.delete(request);
  }
};

const forget = async (path) => {
  for (const pages of await ownersPages()) await pages.delete(path, { ignoreVary: true });
};

const forgetAll = async (but) => {
  for (const name of await caches.keys()) if (name.startsWith(KEPT) && name !== but) await caches.delete(name);
};

// What the network has answered says which pages are still somebody's.
const look = async ({ pathname, search }, response) => {
  if (response.ok && response.headers.has("X-Kept-For")) {
    if (!search) await keep(pathname, response);
  } else if (response.ok || response.type === "opaqueredirect") { // of release 0.1.0, or to sign in: the session has ended
    await forgetAll();
  } else if (response.status === 403 || response.status === 404) await forget(pathname);
};

// One at a time, so that none deletes what another adds.
let last = Promise.resolve();
const inTurn = (task) => {
  last = last.then(task).catch(console.warn);
  return last;
};

const hear = (url, response) => {
  if (response.ok || response.type === "opaqueredirect") owner = response.headers.get("X-Kept-For");
  return inTurn(() => look(url, response));
};

const show = async (page) => {
  const html = await page.text();
  const keptAt = page.headers.get("X-Kept-At");
  return new Response(html.replace("<body", `<body data-kept-at="${keptAt}"`), { headers: page.headers });
};

const showKept = async ({ pathname, search }) => {
  let other = null;
  for (const pages of await ownersPages()) {
    for (const request of await pages.keys()) {
      const page = await pages.match(request, { ignoreVary: true });
      if (!page || isOld(page)) continue;
      if (new URL(request.url).pathname === pathname) return search ? Response.redirect(pathname) : show(page);
      other ??= request.url;
    }
  }
  return other ? Response.redirect(other) : Response.error();
};

const answer = async (event, url) => {
  try {
    const response = await fetch(event.request);
    const copy = response.clone();
    event.waitUntil(hear(url, copy));
    return response;
  } catch {
    return showKept(url);
  }
};

const find = async (request, pathname) => {
  const kept = () => caches.match(request, { cacheName: FILES, ignoreVary: true });
  if (HASHED.test(pathname)) return await kept() ?? fetch(request);
  try {
    return await fetch(request);
  } catch {
    return await kept() ?? Response.error();
  }
};

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && LISTS.test(url.pathname)) event.respondWith(answer(event, url));
  else if (url.pathname.startsWith(STATIC)) event.respondWith(find(event.request, url.pathname));
});

self.addEventListener("message", (event) => {
  const { owner: whose, keep: path } = event.data;
  if (whose !== undefined) {
    owner = whose; // at once: something may be under way
    event.waitUntil(inTurn(() => forgetAll(KEPT + whose)));
  }
  const url = path && new URL(path, location.origin);
  if (url && LISTS.test(url.pathname)) event.waitUntil(fetch(url).then((response) => hear(url, response), console.warn));
});

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
