// Pages with a list of todos: keyboard shortcuts.
(() => {
  const app = window.taskoverflow;
  const $ = (selector) => document.querySelector(selector);
  const $$ = (selector) => [...document.querySelectorAll(selector)];

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
    n: () => $("#add input[name=title]")?.focus(),
    j: () => move(1),
    k: () => move(-1),
    x: () => current()?.querySelector(".tick").click(),
    e: () => current()?.querySelector(".title").click(),
    s: () => current()?.querySelector(".pick")?.click(),
    b: () => $("#changes button:not([hidden])")?.focus(),
    u: () => app.undo(),
    "/": () => $("#id_q")?.focus(),
    "?": () => $("#help").showModal(),
  };

  const isMenuOpen = () => CSS.supports("selector(:popover-open)") && $(":popover-open") !== null;

  const KEY = "shortcuts";
  const switchedOn = () => localStorage.getItem(KEY) !== "off";
  const box = $("#shortcuts");
  box.checked = switchedOn();
  box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (isMenuOpen()) return; // the browser closes it
      const editor = event.target.closest?.("li.editing");
      if (editor) app.leaveEditor(editor);
      else if (event.target.matches?.("input, textarea, select")) event.target.blur();
      else app.unselect?.();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (event.target.closest?.("input:not([type=checkbox]), textarea, select") || !switchedOn()) return;
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      if (!app.isOpening) action(); // what is typed is meant for the editor that is about to open
    }
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
  });
})();
