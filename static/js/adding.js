// List page: adding todos. A line leaves the box as soon as it is sent (queue.js); lines that could not be added are listed below.
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
  const tryAgain = place.querySelector("[data-try-again]");
  const path = form.getAttribute("action");
  let untouchedSince = null; // the last line, until something is typed after it

  const lines = () => app.queue.changes.filter((change) => change.kind === "add" && change.path === path);

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

  // Mark the row of what was added, and show it, unless somebody types the next line.
  document.addEventListener("queue:sent", ({ detail: { added } }) => {
    const row = added && document.getElementById(added);
    if (!row) return;
    row.classList.add("added");
    setTimeout(() => row.classList.remove("added"), MARKED_MILLISECONDS);
    if (box.value) return;
    row.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  });

  // The line has errors. It goes back into the box, unless somebody has typed there since.
  document.addEventListener("queue:refused", ({ detail: line }) => {
    if (untouchedSince !== line) return;
    app.queue.forget(line);
    fill(line.values);
    complaint.textContent = line.problem;
    complaint.hidden = false;
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const line = app.queue.add({ kind: "add", path, values: [...new FormData(form)] });
    clear();
    untouchedSince = line;
    box.focus();
    setTimeout(() => {
      if (!app.queue.changes.includes(line)) return;
      line.problem ??= place.dataset.adding;
      render();
    }, SHOWN_AFTER_MILLISECONDS);
  });

  form.addEventListener("input", () => { untouchedSince = null; });

  // --- Lines that are not added yet ---

  const rows = new Map(); // of the lines, which keep theirs: somebody may have put the focus there

  const rowOf = (line) => {
    const row = place.querySelector("template").content.cloneNode(true).firstElementChild;
    app.queue.describe(line, row);
    row.querySelector("button").addEventListener("click", () => edit(line));
    rows.set(line, row);
    return row;
  };

  const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };
  const isInTheWay = (button, line) => Boolean(line.isSending) && button !== document.activeElement;

  const render = () => {
    const shown = lines().filter((line) => line.problem);
    for (const [line, row] of rows) {
      if (shown.includes(line)) continue;
      row.remove();
      rows.delete(line);
    }
    const list = place.querySelector("ul");
    for (const [at, line] of shown.entries()) {
      const row = rows.get(line) ?? rowOf(line);
      if (row !== list.children[at]) list.insertBefore(row, list.children[at] ?? null);
      setText(row.querySelector(".error"), line.isRefused ? line.problem : "");
      const button = row.querySelector("button");
      button.hidden = isInTheWay(button, line);
    }
    const waiting = shown.find((line) => !line.isRefused);
    setText(place.querySelector("[data-reason]"), waiting?.problem ?? "");
    tryAgain.hidden = !waiting || isInTheWay(tryAgain, waiting);
    place.hidden = shown.length === 0;
  };

  const edit = async (line) => {
    if (app.isChanged(form)) app.say(app.text("boxIsFull"));
    else if (await app.queue.takeBack(line)) fill(line.values);
  };

  tryAgain.addEventListener("click", app.queue.tryAgain);
  document.addEventListener("queue:edit", ({ detail: line }) => edit(line));
  document.addEventListener("queue:changed", render);
})();
