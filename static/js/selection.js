// List page: selecting todos. The selection survives changes of other todos.
(() => {
  const app = window.taskoverflow;
  const $$ = (selector) => [...document.querySelectorAll(selector)];

  const selected = new Set(); // ids, also of todos that are not shown now
  let last = null; // start of a range

  const count = () => {
    const shown = $$(".pick:checked").length;
    document.documentElement.classList.toggle("selecting", shown > 0);
    for (const place of $$("[data-selected]")) place.textContent = shown;
  };

  const read = () => {
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

  app.unselect = (ids) => {
    if (ids) for (const id of ids) selected.delete(id);
    else selected.clear();
    for (const pick of $$(".pick")) pick.checked = selected.has(pick.value);
    count();
  };

  document.addEventListener("list:shown", () => {
    for (const pick of $$(".pick")) pick.checked = selected.has(pick.value);
    count();
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
    const all = event.target.closest("[data-select-all]");
    if (all) {
      const picks = [...all.closest("section").querySelectorAll(".pick")];
      select(picks, picks.some((one) => !one.checked));
    }
    if (event.target.closest("[data-unselect]")) app.unselect();
  });
  read();
})();
