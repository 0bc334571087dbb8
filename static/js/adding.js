// List page: adding todos. A line leaves the box as soon as it is sent; lines that could not be added are listed below.
(() => {
  const SHOWN_AFTER_MILLISECONDS = 1000;
  const MARKED_MILLISECONDS = 2000;

  const app = window.taskoverflow;
  const form = document.getElementById("add");
  const box = form.elements.title;
  const reading = document.getElementById("reading");
  const dates = form.querySelector(".dates");
  const complaint = form.querySelector("[role=alert]");
  const place = document.getElementById("unsent");
  const lines = []; // not yet added, the oldest first
  let untouchedSince = null; // the last line, until something is typed after it

  const clear = () => {
    form.reset();
    complaint.hidden = true;
    for (const part of [reading, dates]) {
      htmx.trigger(part, "htmx:abort");
      part.replaceChildren();
    }
  };

  const fill = (values) => {
    for (const [name, value] of values) {
      const field = form.elements[name];
      if (field?.type && !["hidden", "checkbox"].includes(field.type)) field.value = value;
    }
    for (const box of form.querySelectorAll("details [type=checkbox]")) {
      box.checked = values.some(([name, value]) => name === box.name && value === box.value);
    }
    const details = form.querySelector("details");
    if ([...details.querySelectorAll("[name]")].some(app.differs)) details.open = true;
    const active = document.activeElement;
    if (active === document.body || form.contains(active) || place.contains(active)) box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  for (const part of [reading, dates]) {
    part.addEventListener("htmx:beforeRequest", (event) => { if (!navigator.onLine) event.preventDefault(); });
  }

  const remove = (line) => lines.splice(lines.indexOf(line), 1);

  // --- Sending ---

  // Send all lines up to this one. A line that cannot be sent now waits, and so do those after it.
  const sendUntil = (line) => app.inTurn(async () => {
    while (lines.includes(line) && !line.isRefused) {
      const next = lines.find((one) => !one.isRefused);
      const data = new FormData();
      for (const [name, value] of next.values) data.append(name, value);
      next.isSending = true;
      render();
      const answer = await app.post(form.getAttribute("action"), data, {
        isQuiet: true,
        answered: (one) => { if (one?.isList) remove(next); },
      });
      if (answer?.isList) reveal(answer.added);
      next.isSending = false;
      if (answer?.status === 422) {
        refuse(next, answer.html);
      } else if (!answer?.isList) {
        for (const one of lines) if (!one.isRefused) one.problem = app.reason(answer);
        break;
      }
    }
    render();
  });

  // Mark the row of what was added, and show it, unless somebody types the next line.
  const reveal = (id) => {
    const row = document.getElementById(id);
    row?.classList.add("added");
    setTimeout(() => row?.classList.remove("added"), MARKED_MILLISECONDS);
    if (box.value) return;
    row?.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  };

  // The line has errors. It goes back into the box, unless somebody has typed there since.
  const refuse = (line, html) => {
    const errors = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll(".error")];
    line.problem = errors.map((error) => error.textContent.trim()).join(" ");
    line.isRefused = true;
    if (untouchedSince !== line) return;
    remove(line);
    fill(line.values);
    complaint.textContent = line.problem;
    complaint.hidden = false;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const line = { values: [...new FormData(form)] };
    lines.push(line);
    clear();
    untouchedSince = line;
    box.focus();
    sendUntil(line);
    setTimeout(() => {
      if (!lines.includes(line)) return;
      line.problem ??= "Adding…";
      render();
    }, SHOWN_AFTER_MILLISECONDS);
  });

  form.addEventListener("input", () => { untouchedSince = null; });

  const tryAgain = () => {
    const last = lines.findLast((line) => !line.isRefused);
    if (last) sendUntil(last);
  };

  // --- Lines that are not added yet ---

  const render = () => {
    const shown = lines.filter((line) => line.problem);
    place.querySelector("ul").replaceChildren(...shown.map((line) => {
      const row = place.querySelector("template").content.cloneNode(true);
      const values = Object.fromEntries(line.values);
      row.querySelector(".title").textContent = values.title;
      row.querySelector(".note").textContent = [values.date, values.time, values.description].filter(Boolean).join(" ");
      row.querySelector(".error").textContent = line.isRefused ? line.problem : "";
      row.querySelector("button").hidden = Boolean(line.isSending);
      row.querySelector("button").addEventListener("click", () => edit(line));
      return row;
    }));
    const waiting = shown.find((line) => !line.isRefused);
    place.querySelector("[data-reason]").textContent = waiting?.problem ?? "";
    place.querySelector("[data-try-again]").hidden = !waiting || waiting.isSending;
    place.hidden = shown.length === 0;
  };

  const edit = (line) => {
    if (line.isSending) return;
    if (app.isChanged(form)) {
      app.say(app.text("boxIsFull"));
      return;
    }
    remove(line);
    fill(line.values);
    render();
  };

  place.querySelector("[data-try-again]").addEventListener("click", tryAgain);
  window.addEventListener("online", tryAgain);
  app.unsaved.push(() => lines.length > 0);
})();
