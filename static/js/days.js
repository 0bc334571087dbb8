// Months and weeks: todos are dragged to another day, or moved there by their grips with the keyboard.
(() => {
  const app = window.taskoverflow;
  const TIMEOUT_MILLISECONDS = 60_000;

  const main = document.getElementById("main");
  const words = () => document.getElementById("grip").dataset;
  const status = document.createElement("p");
  status.className = "unseen";
  status.setAttribute("aria-live", "polite");
  document.body.append(status);

  const titleOf = (row) => row.querySelector(".title").textContent;
  const text = (name, row) => app.text(name, { title: titleOf(row) }, words());
  const say = (name, row) => { status.textContent = text(name, row); };
  const dayOf = (element) => element?.closest("[data-date]");
  const sayDay = (day) => { status.textContent = day.querySelector(".day").textContent.replace(/\s+/g, " ").trim(); };

  // --- Moving a todo ---

  let last = Promise.resolve();
  let waiting = 0; // moves without an answer

  const put = (row, day) => {
    const list = day.querySelector("ul") ?? day.appendChild(document.createElement("ul"));
    list.prepend(row);
  };

  const post = async (row, day) => {
    const { todo, of = "" } = row.dataset; // which date of one that repeats
    const values = { action: "move", todo, of, day: day.dataset.date, next: location.pathname + location.search };
    try {
      const answer = await fetch(words().path, {
        method: "POST",
        body: new URLSearchParams(values),
        headers: JSON.parse(document.body.getAttribute("hx-headers")),
        cache: "no-store",
        keepalive: true, // it is sent even if the page is left meanwhile
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
      const isHere = !answer.ok || new URL(answer.url).pathname === location.pathname; // not the sign-in page
      return { status: isHere ? answer.status : 403, html: await answer.text() };
    } catch {
      return null;
    }
  };

  // Show the page as it is now. What is typed beside the days stays.
  const show = (received, id) => {
    const isFree = ![...main.querySelectorAll("form")].some(app.isChanged);
    const part = isFree ? "main" : "[data-days]";
    const active = document.activeElement;
    const hadFocus = active === document.body || active.closest("[data-days]");
    document.querySelector(part).replaceChildren(...received.querySelector(part).childNodes);
    htmx.process(main);
    prepare();
    if (hadFocus) (document.getElementById(`grip-${id}`) ?? main).focus({ preventScroll: true });
  };

  const move = (row, day) => {
    const [list, after] = [row.parentElement, row.nextSibling];
    put(row, day);
    row.classList.add("sending");
    row.querySelector(".grip").focus({ preventScroll: true });
    waiting += 1;
    last = last.then(async () => {
      const answer = await post(row, day);
      waiting -= 1;
      row.classList.remove("sending");
      if (answer?.status !== 200) {
        if (list.isConnected) list.insertBefore(row, after?.parentElement === list ? after : null);
        app.complain(answer);
        return;
      }
      const received = new DOMParser().parseFromString(answer.html, "text/html");
      document.getElementById("messages").append(...received.querySelectorAll("#messages .toast"));
      document.dispatchEvent(new CustomEvent("messages:added"));
      // Another answer would show the page as it was before the last move. While something is dragged again, live.js shows
      // the page later.
      if (!waiting && !app.isBusy()) show(received, row.dataset.todo);
    }).catch((error) => console.error(error));
  };

  // --- By pointer ---

  const drag = (row, handle, start) => {
    let day = null;
    const mark = (next) => {
      day?.classList.remove("drop-here");
      day = next;
      day?.classList.add("drop-here");
    };
    app.drag(handle, start, {
      lifted: () => row.classList.add("dragging"),
      moved: (event) => {
        row.style.translate = `${event.pageX - start.pageX}px ${event.pageY - start.pageY}px`;
        mark(dayOf(document.elementFromPoint(event.clientX, event.clientY)));
      },
      ended: () => {
        row.classList.remove("dragging");
        row.style.translate = "";
        day?.classList.remove("drop-here");
      },
      dropped: () => {
        if (day && day !== dayOf(row) && row.isConnected) move(row, day);
      },
    });
  };

  // A finger scrolls the page, but not by a grip.
  document.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("[data-days] [data-todo]");
    const grip = event.target.closest(".grip");
    if (!row || event.button || lifted || row.matches(".sending")) return;
    if (grip) event.preventDefault(); // no text is selected
    grip?.focus({ preventScroll: true });
    if (grip || event.pointerType === "mouse") drag(row, grip ?? row, event);
  });
  document.addEventListener("dragstart", (event) => {
    if (event.target.closest?.("[data-days] [data-todo]")) event.preventDefault(); // the browser would drag the link
  });

  // --- By keyboard ---

  let lifted = null; // the row, and the day where it would be dropped

  const target = (day) => {
    lifted?.day.classList.remove("drop-here");
    day.classList.add("drop-here");
    day.scrollIntoView({ block: "nearest" });
    lifted.day = day;
  };

  const lift = (row) => {
    lifted = { row, day: dayOf(row) };
    row.classList.add("dragging");
    target(lifted.day);
    say("lifted", row);
  };

  const release = () => {
    const { row, day } = lifted;
    lifted = null;
    row.classList.remove("dragging");
    day.classList.remove("drop-here");
    return { row, day };
  };

  const putBack = () => say("back", release().row);

  const drop = () => {
    if (lifted.day === dayOf(lifted.row)) putBack();
    else {
      const { row, day } = release();
      move(row, day);
    }
  };

  const step = (by) => {
    const days = [...document.querySelectorAll("[data-days] [data-date]")];
    const day = days[days.indexOf(lifted.day) + by];
    if (!day) {
      say("edge", lifted.row);
      return;
    }
    target(day);
    sayDay(day);
  };

  // Rows of a month are weeks; the days of a week are beside or below each other.
  const stepsOf = (key) => {
    const across = Number(document.querySelector("[data-days]").dataset.days);
    return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[key];
  };

  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.("[data-days] .grip");
    if (!grip || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const by = stepsOf(event.key);
    if (!lifted && event.key === " " && !grip.closest(".sending")) lift(grip.closest("[data-todo]"));
    else if (lifted && by) step(by);
    else if (lifted && [" ", "Enter"].includes(event.key)) drop();
    else if (lifted && event.key === "Escape") putBack();
    else return;
    event.preventDefault();
  });
  document.addEventListener("focusout", () => { if (lifted) putBack(); });

  // --- Days that are shown anew ---

  const prepare = () => {
    app.stopDrag();
    if (lifted) release();
    for (const row of document.querySelectorAll("[data-days] [data-todo]")) {
      if (row.querySelector(".grip")) continue;
      const grip = document.getElementById("grip").content.firstElementChild.cloneNode(true);
      grip.id = `grip-${row.dataset.todo}`;
      grip.setAttribute("aria-label", text("name", row));
      row.append(grip);
    }
  };
  document.addEventListener("page:shown", prepare);
  prepare();
})();
