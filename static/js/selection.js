// List page: selecting todos. What is selected by hand survives changes of other todos.
(() => {
  const app = window.taskoverflow;
  const $$ = (selector) => [...document.querySelectorAll(selector)];

  const form = document.getElementById("changes");
  if (!form) return; // somebody who only views the list
  const everything = form.querySelector("[data-everything]");
  const selected = new Set(); // ids, also of todos that are not shown now
  let all = null; // if what all pages show is selected: how the server finds it again, and nothing else
  let last = null; // start of a range

  // What the list finds on all pages, if it has several and so many can be selected.
  const found = () => {
    const { query, total, state, foundAt } = document.getElementById("todos").dataset;
    return total ? { query, total: Number(total), state, foundAt } : null;
  };
  const paged = () => $$("#todos section:not([data-recent]) .pick");

  const count = () => {
    const shown = $$(".pick:checked").length;
    document.documentElement.classList.toggle("selecting", shown > 0);
    for (const place of $$("[data-selected]")) place.textContent = all?.total ?? shown;
    const more = shown ? found() : null;
    everything.hidden = more === null;
    if (!more) return;
    const isWholePage = paged().every((pick) => pick.checked);
    everything.querySelector("[data-of-page]").hidden = isWholePage;
    everything.querySelector("[data-of-all]").hidden = !isWholePage;
    everything.querySelector("[data-total]").textContent = more.total;
    everything.setAttribute("aria-pressed", all !== null);
  };

  const read = () => {
    all = null;
    for (const pick of $$(".pick")) {
      if (pick.checked) selected.add(pick.value);
      else selected.delete(pick.value);
    }
    count();
  };

  const select = (picks, checked) => {
    for (const pick of picks) pick.checked = checked;
    read();
  };

  const restore = () => {
    for (const pick of $$(".pick")) pick.checked = selected.has(pick.value);
  };

  app.unselect = (ids) => {
    all = null;
    if (ids) for (const id of ids) selected.delete(id);
    else selected.clear();
    restore();
    count();
  };

  // All are still selected if the list is as somebody saw it; else it is what the page shows of them.
  document.addEventListener("list:shown", () => {
    restore();
    const seen = all;
    const now = found();
    all = null;
    if (seen && ["query", "total", "state"].every((name) => now?.[name] === seen[name])) selectAll(seen);
    else count();
  });

  const selectAll = (wanted) => {
    for (const pick of $$("#todos section[data-recent] .pick")) pick.checked = false;
    select(paged(), true);
    all = wanted;
    count();
  };

  // First what the page shows, then what all pages show.
  everything.addEventListener("click", () => {
    if (all) read();
    else if (paged().every((pick) => pick.checked)) selectAll(found());
    else select(paged(), true);
  });

  // The server finds them again by the same query, rather than by hundreds of ids.
  form.addEventListener("formdata", ({ formData }) => {
    if (!all) return;
    formData.delete("todo");
    formData.set("all", all.total);
    formData.set("query", all.query);
    formData.set("state", all.state);
    formData.set("found_at", all.foundAt);
  });

  document.addEventListener("click", (event) => {
    const pick = event.target.closest(".pick");
    if (pick) {
      const picks = $$(".pick");
      if (event.shiftKey && last?.isConnected) {
        const [from, to] = [picks.indexOf(last), picks.indexOf(pick)].sort((a, b) => a - b);
        select(picks.slice(from, to + 1), pick.checked);
      }
      last = pick;
      read();
    }
    const section = event.target.closest("[data-select-all]")?.closest("section");
    if (section) {
      const picks = [...section.querySelectorAll(".pick")];
      select(picks, picks.some((one) => !one.checked));
    }
    if (event.target.closest("[data-unselect]")) app.unselect();
  });
  read();
})();
