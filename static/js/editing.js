// Pages with a list of todos: editing todos in their rows. Several can be open, and all stay open while the list changes around them.
(() => {
  const app = window.taskoverflow;

  const rows = new WeakMap(); // what an editor took the place of: the row, if the list has one
  const sending = new WeakSet(); // editors whose save is under way

  const parse = (html) => document.adoptNode(
    new DOMParser().parseFromString(html, "text/html").querySelector("li.editing"),
  );
  const fieldsOf = (editor) => [...editor.querySelector("form").elements].filter((field) => field.name && !field.matches("button"));

  // --- Opening ---

  // Editors of todos that the list does not show, above it.
  const aside = (list) => {
    let section = list.querySelector(".aside");
    if (!section) {
      section = document.createElement("section");
      section.className = "group aside";
      section.setAttribute("aria-label", app.text("notHere"));
      section.innerHTML = '<p class="hint"></p><ul class="todos"></ul>';
      section.querySelector("p").textContent = app.text("editedHere");
      list.prepend(section);
    }
    return section.querySelector("ul");
  };

  // Put an editor into its place in a list.
  app.keepEditor = (editor, list) => {
    const row = [...list.querySelectorAll("li.todo")].find((one) => one.id === editor.id && one !== editor);
    const parent = row?.parentElement ?? aside(list);
    // moveBefore keeps the focus, the cursor and the input method's state.
    if (editor.isConnected && parent.moveBefore) parent.moveBefore(editor, row ?? null);
    else parent.insertBefore(editor, row ?? null);
    row?.remove();
    rows.set(editor, row);
  };

  const open = async (link) => {
    const { id } = link.closest("li.todo");
    app.isOpening = true;
    const answer = await app.ask(link.getAttribute("href"));
    app.isOpening = false;
    if (answer?.status !== 200) {
      app.complain(answer);
      return;
    }
    // The list may have been replaced meanwhile.
    if (document.getElementById(id)?.matches(".editing")) return;
    const editor = parse(answer.html);
    const isFocusThere = document.activeElement === document.body || document.activeElement.closest(`#${id}`);
    app.keepEditor(editor, document.getElementById("todos"));
    htmx.process(editor);
    if (isFocusThere) (editor.querySelector("input[name=title]") ?? editor.querySelector("[data-cancel]")).focus();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#todos li.todo a.title");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link);
  });

  // --- Closing without saving ---

  const isChanged = (editor) => app.isChanged(editor.querySelector("form"));

  const close = (editor) => {
    const row = rows.get(editor);
    if (row) editor.replaceWith(row);
    else editor.remove();
    document.querySelector(".aside:not(:has(li))")?.remove();
    (row?.querySelector(".title") ?? document.getElementById("main")).focus();
    document.dispatchEvent(new CustomEvent("list:shown"));
  };

  app.leaveEditor = (editor) => {
    if (isChanged(editor) && !confirm(app.text("discard"))) return;
    close(editor);
    if (editor.querySelector(".notice")) app.reload(); // its row is out of date
  };

  document.addEventListener("click", (event) => {
    const editor = event.target.closest("li.editing");
    if (!editor || !event.target.closest("[data-cancel], .notice a")) return;
    event.preventDefault();
    app.leaveEditor(editor);
  });

  // --- Saving ---

  const isBox = (field) => field.type === "checkbox";

  // Return the same field of another editor of the todo.
  const twin = (editor, { name, value }) => fieldsOf(editor)
    .find((other) => other.name === name && (!isBox(other) || other.value === value));

  // Return the fields that were changed since the form was sent.
  const typedSince = (editor, sent) => fieldsOf(editor).filter((field) => {
    if (isBox(field)) return field.checked !== sent.getAll(field.name).includes(field.value);
    if (field.type === "hidden" || !("value" in field) || !sent.has(field.name)) return false;
    return field.value !== sent.get(field.name).replaceAll("\r\n", "\n");
  });

  const type = (editor, fields) => {
    for (const field of fields) {
      const place = twin(editor, field);
      if (!place) continue;
      if (isBox(field)) place.checked = field.checked;
      else place.value = field.value;
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const editor = form.closest("li.editing");
    if (!editor) return;
    event.preventDefault();
    if (sending.has(editor)) return;
    const path = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    const sent = new FormData(form, event.submitter);
    if (!app.mayDiscard(form, event.submitter)) return;
    if (event.submitter?.dataset.discards) {
      close(editor);
      app.send(path, sent, { ticked: editor.id });
      return;
    }
    sending.add(editor);
    app.send(path, sent, {
      answered: (answer) => {
        sending.delete(editor);
        if (!answer) return;
        const typed = typedSince(editor, sent);
        if (answer.status === 422) {
          const next = parse(answer.html);
          const active = editor.contains(document.activeElement) ? document.activeElement : null;
          rows.set(next, rows.get(editor));
          type(next, typed);
          editor.replaceWith(next);
          htmx.process(next);
          const field = typed.length ? active?.name : next.querySelector(".wrong [name]")?.name;
          const notice = typed.length ? null : next.querySelector(".notice");
          if (active) (notice ?? next.querySelector(`[name="${field || "title"}"]`)).focus();
          notice?.scrollIntoView({ block: "center" });
        } else if (answer.isList) {
          if (typed.length) rebase(editor, typed);
          else editor.classList.remove("editing"); // its row takes its place
        }
      },
    });
  });

  // Somebody went on typing while the form was saved: it stays open, and is now a change of what was saved.
  const rebase = (editor, typed) => app.inTurn(async () => {
    const form = editor.querySelector("form");
    const answer = await app.ask(form.getAttribute("action"));
    if (answer?.status !== 200) return; // saving it says that the todo has changed
    for (const saved of fieldsOf(parse(answer.html))) {
      const field = twin(editor, saved);
      if (!field) continue; // which the todo has only now
      // Words for a deadline have become its date, and are not to be read again.
      if (["when", "date", "time", "kind"].includes(field.name) && !typed.includes(field)) field.value = saved.value;
      if (field.type === "hidden") field.value = saved.value;
      else if (isBox(field)) field.defaultChecked = saved.defaultChecked;
      else if (field.options) [...field.options].forEach((option) => { option.defaultSelected = option.value === saved.value; });
      else field.defaultValue = saved.defaultValue;
    }
  });
})();
