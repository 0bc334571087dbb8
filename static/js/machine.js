// The machine at work: events as they come, drawn as lanes in time, with the numbers and a table of the same events.
(() => {
  const figure = document.getElementById("machine");
  if (!figure) return;

  const SPANS_SECONDS = [5, 15, 30, 60, 120, 300, 900, 3600];
  const KEPT = 5000; // events
  const DRAWN_MILLISECONDS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1000 : 100;
  const BIN_PIXELS = 7; // what is closer is drawn as one
  const LETTER_PIXELS = 6.5; // at most, on average
  const COUNT_PIXELS = 32; // of a number beside a circle
  const LABEL_PIXELS = 70; // of a time, with a gap
  const LOST_MILLISECONDS = 5000; // a message that nobody has taken by then
  const SPOKEN_MILLISECONDS = 2000;
  const ENDS = ["build.done", "build.failed", "build.lost", "build.released"];
  const SVG = "http://www.w3.org/2000/svg";

  // A sentence of the page, with its values.
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const lanes = figure.querySelector(".lanes");
  const nothing = figure.querySelector(".nothing");
  const latest = figure.querySelector("[data-latest]");
  const numbers = document.getElementById("numbers");
  const table = document.querySelector("table.events");
  const body = table.tBodies[0];

  let events = new Map(); // by id
  let state = "";
  let ahead = Infinity; // how far this clock is ahead of the server's, at most
  let span = 2; // of SPANS_SECONDS
  let pausedAt = null; // the time at the right edge; null: now
  let isDrawn = false;

  const now = () => Date.now() - (Number.isFinite(ahead) ? ahead : 0);
  const right = () => pausedAt ?? now();
  const width = () => SPANS_SECONDS[span] * 1000;

  // --- What has happened ---

  const hear = (text) => {
    const news = JSON.parse(text);
    state = news.state;
    ahead = Math.min(ahead, Date.now() - Math.max(news.now, ...news.events.map((event) => event.at)));
    const fresh = news.events.filter((event) => !events.has(event.id));
    for (const event of fresh) events.set(event.id, event);
    if (events.size > KEPT) events = new Map([...events].sort(([a], [b]) => a - b).slice(-KEPT));
    if (!numbers.contains(document.activeElement)) numbers.innerHTML = news.numbers;
    if (fresh.length) isDrawn = false;
    if (pausedAt === null) list();
    const build = fresh.filter((event) => event.kind === "build.done").pop();
    if (build) say(`${build.text}.`);
  };

  // Whoever has it read out hears the latest, not all.
  let saying = null;
  let toSay = "";
  const say = (text) => {
    toSay = text;
    saying ??= setTimeout(() => {
      saying = null;
      latest.textContent = toSay;
    }, latest.textContent ? SPOKEN_MILLISECONDS : 0);
  };

  const sorted = () => [...events.values()].sort((a, b) => a.at - b.at || a.id - b.id);

  const clock = (at) => new Date(at).toLocaleTimeString([], { hourCycle: "h23" });

  // Changes of one list that follow each other have one row, as on the server (observatory/views.py).
  const folded = () => {
    const shown = [];
    for (const event of sorted().reverse()) {
      const count = event.details.count ?? 1;
      const last = shown.at(-1);
      if (last && last.kind === "change" && event.kind === "change" && last.list === event.list) {
        last.count += count;
        last.shown = fill(figure.dataset.changes, last);
      } else if (shown.length < table.dataset.rows) shown.push({ ...event, count, shown: event.text });
      else break;
    }
    return shown;
  };

  const list = () => {
    const rows = folded().map((event) => {
      const row = document.createElement("tr");
      const time = document.createElement("time");
      time.dateTime = new Date(event.at).toISOString();
      time.textContent = clock(event.at);
      row.insertCell().append(time);
      row.insertCell().textContent = event.shown;
      const about = row.insertCell();
      if (event.story) about.append(Object.assign(document.createElement("a"), { href: event.story, textContent: event.about }));
      else about.textContent = event.about;
      row.insertCell().textContent = event.process ?? "";
      return row;
    });
    const focused = body.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    if (rows.length) body.replaceChildren(...rows);
    if (focused) body.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  };

  // --- The lanes ---

  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true"); // the table says the same
  lanes.append(svg);

  const add = (name, attributes, title) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (title) element.append(Object.assign(document.createElementNS(SVG, "title"), { textContent: title }));
    svg.append(element);
    return element;
  };
  const write = (x, y, text, anchor = "middle") => { add("text", { x, y, "text-anchor": anchor }).textContent = text; };
  const cross = (x, y, title) => add("path", { d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8`, class: "bad" }, title);
  const diamond = (x, y, kind, title) => add("path", { d: `M${x} ${y - 6}l6 6-6 6-6-6z`, class: kind }, title);

  const lane = (name) => {
    const element = lanes.querySelector(`[data-lane="${name}"]`);
    const top = element.offsetTop;
    return { top, bottom: top + element.offsetHeight, middle: top + element.offsetHeight * 0.62 };
  };

  // Gather events that are drawn in one place; each group has its events and how many they stand for. The places are parts
  // of time, so that groups stay the same while they move.
  const gather = (shown, x) => {
    const groups = new Map();
    const length = (BIN_PIXELS * width()) / lanes.clientWidth;
    for (const event of shown) {
      const place = Math.floor(event.at / length);
      if (!groups.has(place)) groups.set(place, { x: x(event.at), events: [], count: 0 });
      const group = groups.get(place);
      group.events.push(event);
      group.count += event.details.count ?? 1;
    }
    return groups.values();
  };

  const titled = ({ events: [first], count }) => (count > 1 ? `${count} × ${first.text}` : `${clock(first.at)} ${first.text}`);

  const dots = (shown, x, y, kind) => {
    const groups = [...gather(shown, x)].sort((a, b) => a.x - b.x);
    let count = 0; // of those that are too close to each other for numbers of their own
    groups.forEach((group, index) => {
      if (kind === "bad") cross(group.x, y, titled(group));
      else add("circle", { cx: group.x, cy: y, r: Math.min(8, 3.5 + Math.log2(group.count)), class: kind }, titled(group));
      count += group.count;
      if (groups[index + 1]?.x < group.x + COUNT_PIXELS) return;
      if (count > 1) write(group.x + 10, y + 4, count, "start");
      count = 0;
    });
  };

  const drawTime = (x, from, to, height) => {
    const fits = (seconds) => x(from + seconds * 1000) >= Math.max(LABEL_PIXELS, x(to) / 8);
    const step = ([1, 5, 10, 15, 30, 60, 300, 600].find(fits) ?? 1800) * 1000;
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      add("line", { x1: x(at), x2: x(at), y1: 0, y2: height, class: "tick" });
      if (x(at) > 190 && x(at) < x(to) - 30) write(x(at), 14, clock(at));
    }
  };

  const drawChanges = (shown, x) => {
    const { bottom } = lane("changes");
    for (const group of gather(shown, x)) {
      const height = Math.min(40, 6 + 6 * Math.log2(group.count + 1));
      add("rect", { x: group.x - 2.5, y: bottom - height, width: 5, height, rx: 1.5, class: "change" }, titled(group));
    }
  };

  const drawMessages = (all, x, to) => {
    const { middle } = lane("messages");
    const taken = new Map(all.filter(({ kind }) => kind === "message.received").map((event) => [event.details.message, event]));
    for (const event of all) {
      if (event.kind === "message.sent") {
        const { message } = event.details; // of lists that the reader may not read, nobody says which message it was
        const end = message && taken.get(message);
        const isLost = message && !end && to - event.at > LOST_MILLISECONDS;
        if (end || isLost) {
          const [y1, y2] = [middle - 8, middle + 8];
          const until = end ? x(end.at) : x(to);
          add("line", { x1: x(event.at), y1, x2: until, y2: end ? y2 : y1, class: end ? "message" : "message lost" });
        }
      }
    }
    const of = (kind) => all.filter((event) => event.kind === kind);
    dots(of("message.sent"), x, middle - 8, "sent");
    dots(of("message.received"), x, middle + 8, "taken");
    dots(of("message.failed"), x, middle - 8, "bad");
    for (const event of of("sweep")) diamond(x(event.at), middle + 8, "swept", event.text);
  };

  const startOf = (end, all) => {
    if (end.details.ms !== undefined) return end.at - end.details.ms;
    if (end.calendar === undefined) return end.at;
    const isClaim = (event) => event.kind === "claim" && event.calendar === end.calendar && event.at <= end.at;
    return all.filter(isClaim).pop()?.at ?? end.at;
  };

  const covered = (build, all) => {
    const { revision } = build.details;
    const since = build.details.since ?? 0; // the first build is for all changes
    if (build.list === undefined || build.details.bytes === undefined) return [];
    const isCovered = (event) => event.kind === "change" && event.list === build.list
      && event.details.revision > since && event.details.revision <= revision;
    return all.filter(isCovered);
  };

  // Builds that have begun and have no end, and until when: now, or when their worker had died.
  const unfinished = (all, to) => {
    const begun = new Map(); // by calendar
    const left = [];
    for (const event of all) {
      if (event.calendar === undefined) continue;
      const claim = begun.get(event.calendar);
      if (event.kind !== "claim" && event.kind !== "lease.expired" && !ENDS.includes(event.kind)) continue;
      if (claim && !ENDS.includes(event.kind)) left.push([claim, event.at]);
      begun.delete(event.calendar);
      if (event.kind === "claim") begun.set(event.calendar, event);
    }
    return [...left, ...[...begun.values()].map((claim) => [claim, to])];
  };

  const drawBuilds = (all, x, to) => {
    const { top, bottom } = lane("builds");
    const [from, y, height] = [lane("changes").bottom, top + 42, 18];
    const ends = all.filter(({ kind }) => ENDS.includes(kind));
    for (const end of ends) {
      const [x1, x2] = [x(startOf(end, all)), x(end.at)];
      const isDone = end.kind === "build.done";
      const changes = isDone ? covered(end, all) : [];
      if (changes.length) {
        const [first, last] = [x(changes[0].at) - 2.5, x(changes.at(-1).at) + 2.5];
        const d = `M${first} ${from}L${last} ${from}L${Math.max(x2, x1 + 4)} ${y}L${x1} ${y}z`;
        add("path", { d, class: "funnel" }, end.text);
      }
      const box = { x: x1, y, width: Math.max(4, x2 - x1), height, rx: 3 };
      add("rect", { ...box, class: isDone ? "build" : "bad" }, `${clock(end.at)} ${end.text}`);
    }
    let free = x(to) - 4; // to the left of this nothing is written yet
    for (const group of [...gather(ends.filter((end) => end.kind === "build.done"), x)].sort((a, b) => b.x - a.x)) {
      const text = group.count > 1 ? fill(figure.dataset.builds, group) : group.events[0].text;
      const end = Math.min(group.x + 4, x(to) - 4);
      if (end > free || end < text.length * LETTER_PIXELS) continue;
      write(end, bottom - 10, text, "end");
      free = end - text.length * LETTER_PIXELS - 12;
    }
    for (const [claim, until] of unfinished(all, to)) {
      const box = { x: x(claim.at), y, width: Math.max(4, x(until) - x(claim.at)), height, rx: 3 };
      add("rect", { ...box, class: "build open" }, `${clock(claim.at)} ${claim.text}`);
    }
    for (const event of all.filter(({ kind }) => kind === "lease.expired")) diamond(x(event.at), y + height / 2, "bad", event.text);
  };

  const draw = () => {
    const [to, pixels, height] = [right(), lanes.clientWidth, lanes.clientHeight];
    const from = to - width();
    const x = (at) => ((at - from) / (to - from)) * pixels;
    const all = sorted();
    const shown = all.filter((event) => event.at >= from && event.at <= to);
    // What began before or goes on after belongs to what is shown.
    const near = all.filter((event) => event.at >= from - width() && event.at <= to);
    const of = (...kinds) => shown.filter((event) => kinds.includes(event.kind));
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${pixels} ${height}`);
    drawTime(x, from, to, height);
    drawBuilds(near, x, to);
    drawChanges(of("change"), x);
    drawMessages(near.filter((event) => event.lane === "messages"), x, to);
    const requests = lane("requests").middle;
    dots(of("request"), x, requests - 8, "asked");
    dots(of("job.done"), x, requests + 9, "done");
    dots(of("job.failed"), x, requests + 9, "bad");
    dots(of("job.revoked"), x, requests + 9, "given-up");
    const results = lane("results").middle;
    const fetched = of("feed", "download");
    dots(fetched.filter((event) => event.details.status === 200), x, results - 6, "done");
    dots(fetched.filter((event) => event.details.status === 304), x, results + 8, "asked");
    dots(fetched.filter((event) => event.details.status >= 400), x, results, "bad");
    nothing.hidden = shown.length > 0;
    const seconds = SPANS_SECONDS[span];
    const { lastSeconds, lastMinutes, untilSeconds, untilMinutes } = figure.dataset;
    const [last, until] = seconds < 120 ? [lastSeconds, untilSeconds] : [lastMinutes, untilMinutes];
    const values = { count: seconds < 120 ? seconds : seconds / 60, time: clock(to) };
    figure.querySelector("[data-span]").textContent = fill(pausedAt === null ? last : until, values);
    isDrawn = true;
  };

  const tick = () => {
    if (!document.hidden && (pausedAt === null || !isDrawn)) draw();
  };

  // --- What the reader does ---

  const pause = (at) => {
    pausedAt = at;
    const button = figure.querySelector('[data-do="pause"]');
    button.textContent = at === null ? figure.dataset.pause : figure.dataset.resume;
    button.setAttribute("aria-pressed", String(at !== null));
    if (at === null) list();
  };
  const zoom = (step) => { span = Math.min(SPANS_SECONDS.length - 1, Math.max(0, span + step)); };
  const move = (part) => {
    const at = right() + part * width();
    pause(at >= now() ? null : at);
  };
  const actions = {
    pause: () => pause(pausedAt === null ? now() : null),
    earlier: () => move(-0.5),
    later: () => move(0.5),
    in: () => zoom(-1),
    out: () => zoom(1),
    live: () => pause(null),
  };
  const act = (name) => {
    actions[name]();
    draw();
  };
  figure.addEventListener("click", (event) => {
    const name = event.target.closest("[data-do]")?.dataset.do;
    if (name) act(name);
  });
  const KEYS = { " ": "pause", "+": "in", "=": "in", "-": "out", ArrowLeft: "earlier", ArrowRight: "later", End: "live" };
  lanes.addEventListener("keydown", (event) => {
    const name = KEYS[event.key];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act(name);
  });

  new ResizeObserver(() => draw()).observe(lanes);
  setInterval(tick, DRAWN_MILLISECONDS);
  window.taskoverflow.openStream(() => `${figure.dataset.events}?${new URLSearchParams({ shown: state })}`, hear);
})();
