// Every page: asks before typed text is lost by leaving the page.
(() => {
  const app = window.taskoverflow;
  const TIMEOUT_MILLISECONDS = 10_000;
  const FREEZE_MILLISECONDS = 10_000;
  let leavingBy = null; // the form whose sending leaves the page

  // Whether a field has another value than the one it came with.
  app.differs = (field) => {
    if (["hidden", "password", "submit", "button"].includes(field.type) || field.form === null) return false;
    if (field.options) {
      const chosen = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
      return chosen !== undefined && !chosen.selected;
    }
    return field.type === "radio" || field.type === "checkbox"
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue;
  };

  const isText = (field) => field.matches("textarea, [type=text], [type=email], [type=date], [type=number]");

  // Whether a form came back with errors: what was typed is not saved, though the form shows it as if it were.
  const isSentBack = (form) => form.matches("[data-unsaved]")
    || (form.querySelector(".error:not([hidden])") !== null && [...form.elements].some(isText));

  // Whether a form has something that the server has not.
  app.isChanged = (form) => isSentBack(form) || [...form.elements].some(app.differs);

  const isLost = (form) => form.method === "post" && !form.matches("#changes, [data-forgettable]")
    && form !== leavingBy && app.isChanged(form);

  // A page adds a function to this if it has more that would be lost.
  app.unsaved = [() => [...document.forms].some(isLost)];

  window.addEventListener("beforeunload", (event) => {
    const leavesNow = !app.unsaved.some((isUnsaved) => isUnsaved());
    if (!leavesNow) event.preventDefault();
    leavingBy = null;
    if (leavesNow && !isOtherProgram) freeze();
  });

  // Until the next page is there, nothing can be typed that would be lost, and no link can stop a form that is being sent.
  const shell = document.querySelector(".shell");
  const thaw = () => { shell.inert = false; };
  const freeze = () => {
    shell.inert = true;
    setTimeout(thaw, FREEZE_MILLISECONDS); // the browser may have been stopped
  };
  window.addEventListener("pageshow", thaw);

  // Links of calendar apps and downloads leave the page where it is.
  let isOtherProgram = false;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    isOtherProgram = link !== null && (!link.protocol.startsWith("http") || link.hasAttribute("download"));
  }, { capture: true });

  app.isReachable = async () => {
    try {
      await fetch(document.getElementById("messages").dataset.health, {
        cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
      return true;
    } catch {
      return false;
    }
  };

  // Some buttons do not save what the form holds, such as Delete.
  app.mayDiscard = (form, button) => !button?.dataset.discards || !app.isChanged(form) || confirm(button.dataset.discards);

  // A form that leaves the page takes its text along, so first make sure that the server can be reached.
  const isBeingChecked = new WeakSet();
  const isChecked = new WeakSet();
  window.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented) return;
    if (!app.mayDiscard(form, submitter)) {
      event.preventDefault();
      return;
    }
    if (submitter?.dataset.discards || isChecked.delete(form) || !isLost(form)) {
      leavingBy = form;
      return;
    }
    event.preventDefault();
    if (isBeingChecked.has(form)) return;
    isBeingChecked.add(form);
    if (await app.isReachable()) {
      isChecked.add(form);
      form.requestSubmit(submitter);
    } else app.complain(null);
    isBeingChecked.delete(form);
  });
})();
