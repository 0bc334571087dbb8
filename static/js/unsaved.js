// Every page: asks before typed text is lost by leaving the page.
(() => {
  const app = window.taskoverflow;
  const TIMEOUT_MILLISECONDS = 10_000;
  const submitted = new WeakSet(); // forms that are leaving the page by being sent

  const differs = (field) => {
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
  app.isChanged = (form) => isSentBack(form) || [...form.elements].some(differs);

  const isLost = (form) => form.method === "post" && !form.matches("#changes, [data-forgettable]")
    && !submitted.has(form) && app.isChanged(form);

  // A page adds a function to this if it has more that would be lost.
  app.unsaved = [() => [...document.forms].some(isLost)];

  window.addEventListener("beforeunload", (event) => {
    if (app.unsaved.some((isUnsaved) => isUnsaved())) event.preventDefault();
  });

  const isReachable = async () => {
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
      submitted.add(form);
      return;
    }
    event.preventDefault();
    if (isBeingChecked.has(form)) return;
    isBeingChecked.add(form);
    if (await isReachable()) {
      isChecked.add(form);
      form.requestSubmit(submitter);
    } else app.complain(null);
    isBeingChecked.delete(form);
  });
  document.addEventListener("input", (event) => submitted.delete(event.target.form));
})();
