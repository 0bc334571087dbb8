// List page: adding todos, editing in place, selection and keyboard shortcuts.
(() => {
  const $ = (selector) => document.querySelector(selector);
  const $$ = (selector) => [...document.querySelectorAll(selector)];

  // --- The time zone ---

  const LEFT = "time zone left as it is"; // remembers that the user kept this list's zone in this browser
  const offer = $(".zone");
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const pair = `${offer.dataset.zone} ${mine}`;
  if (mine && mine !== offer.dataset.zone && localStorage.getItem(LEFT) !== pair) {
    offer.elements.time_zone.value = mine;
    offer.querySelector("strong").textContent = mine.replaceAll("_", " ");
    offer.querySelector("[type=button]").addEventListener("click", () => {
      localStorage.setItem(LEFT, pair);
      offer.hidden = true;
    });
    offer.hidden = false;
  }

  // --- Adding ---

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches?.("form[data-resets]") || event.detail.xhr.status !== 200) return;
    form.reset();
    $("#reading").replaceChildren();
    form.querySelector(".error")?.remove();
    form.querySelector("input[name=title]").focus();
  });

  // --- Editing in place ---

  let left = null; // row whose editor was closed; its link gets the focus next

  const isChanged = (field) => field.options
    ? [...field.options].some((option) => option.defaultSelected && !option.selected)
    : field.type !== "hidden" && field.value !== field.defaultValue;

  const leave = (row) => {
    const fields = [...row.querySelectorAll("input, textarea, select")];
    if (fields.some(isChanged) && !confirm("Discard your changes?")) return;
    left = row.id.replace("todo-", "title-");
    htmx.ajax("GET", location.pathname + location.search, { target: "#todos", swap: "outerHTML" });
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest("li.editing [data-cancel]")) return;
    event.preventDefault();
    leave(event.target.closest("li.editing"));
  });

  // --- Selecting ---

  let last = null; // start of a range

  const count = () => {
    const selected = $$(".pick:checked").length;
    document.documentElement.classList.toggle("selecting", selected > 0);
    for (const place of $$("[data-selected]")) place.textContent = selected;
  };

  const select = (picks, checked) => {
    for (const pick of picks) pick.checked = checked;
    count();
  };

  document.addEventListener("click", (event) => {
    const pick = event.target.closest(".pick");
    if (pick) {
      const picks = $$(".pick");
      if (event.shiftKey && last?.isConnected) {
        const [from, to] = [picks.indexOf(last), picks.indexOf(pick)].sort((a, b) => a - b);
        select(picks.slice(from, to + 1), pick.checked);
      }
      last = pick;
      count();
    }
    const all = event.target.closest("[data-select-all]");
    if (all) {
      const picks = [...all.closest("section").querySelectorAll(".pick")];
      select(picks, picks.some((one) => !one.checked));
    }
    if (event.target.closest("[data-unselect]")) select($$(".pick"), false);
  });

  // --- Focus after the list is replaced ---

  document.addEventListener("htmx:afterSettle", (event) => {
    count();
    const link = left && document.getElementById(left); // null if something else settled first
    if (link) {
      link.focus();
      left = null;
      return;
    }
    const title = $("li.editing input[name=title]:not([data-ready])");
    if (title) {
      title.dataset.ready = "";
      title.focus();
      return;
    }
    // The completed row is still in the old list: move the focus to its neighbour.
    const ticked = event.detail.requestConfig?.elt.closest(".tick")?.closest(".todo");
    const next = ticked?.nextElementSibling ?? ticked?.previousElementSibling;
    if (next) document.getElementById(next.id)?.querySelector(".tick").focus();
  });

  // --- The keyboard ---

  const rows = () => $$("#todos li.todo:not(.editing)");
  const current = () => document.activeElement.closest?.("li.todo:not(.editing)");

  const move = (step) => {
    const all = rows();
    const at = all.indexOf(current());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
    next?.querySelector(".title").focus();
    next?.scrollIntoView({ block: "nearest" });
  };

  const actions = {
    n: () => $("#add input[name=title]").focus(),
    j: () => move(1),
    k: () => move(-1),
    x: () => current()?.querySelector(".tick").click(),
    e: () => current()?.querySelector(".title").click(),
    s: () => current()?.querySelector(".pick").click(),
    b: () => $("#changes button")?.focus(),
    u: () => $$(".toast .undo").at(-1)?.click(),
    "/": () => $("#id_q").focus(),
    "?": () => $("#help").showModal(),
  };

  const KEY = "shortcuts";
  const switchedOn = () => localStorage.getItem(KEY) !== "off";
  const box = $("#shortcuts");
  box.checked = switchedOn();
  box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const row = event.target.closest?.("li.editing");
      if (row) leave(row);
      else if (event.target.matches?.("input, textarea, select")) event.target.blur();
      else select($$(".pick"), false);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select") || !switchedOn()) return;
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
  });
  count();
})();
