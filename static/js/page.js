// Of every page: messages that can be closed, and errors of requests in the background.
(() => {
  const FADE_MILLISECONDS = 10_000;
  const messages = document.getElementById("messages");

  const fade = (toast) => {
    let left;
    const start = () => { left = setTimeout(() => toast.remove(), FADE_MILLISECONDS); };
    const stop = () => clearTimeout(left);
    for (const event of ["pointerenter", "focusin"]) toast.addEventListener(event, stop);
    for (const event of ["pointerleave", "focusout"]) toast.addEventListener(event, start);
    start();
  };

  // Messages stand below one another, each for its time; of errors, which stay, the last alone.
  const tend = () => {
    for (const toast of messages.querySelectorAll(".toast:not([data-tended])")) {
      toast.dataset.tended = "";
      if (!toast.classList.contains("error")) {
        fade(toast);
        continue;
      }
      for (const old of messages.querySelectorAll(".toast.error")) if (old !== toast) old.remove();
    }
    messages.scrollTop = messages.scrollHeight;
  };

  const complain = (sentence) => {
    const toast = document.createElement("div");
    toast.className = "toast error";
    const text = document.createElement("p");
    text.textContent = sentence;
    toast.append(text);
    messages.append(toast);
    tend();
  };

  document.addEventListener("click", (event) => {
    event.target.closest(".toast .close")?.closest(".toast").remove();
  });
  document.addEventListener("htmx:oobAfterSwap", tend);
  document.addEventListener("htmx:afterRequest", (event) => {
    const toast = event.detail.elt.closest?.(".toast");
    if (!toast || !event.detail.successful) return;
    if (toast.contains(document.activeElement)) document.getElementById("main").focus({ preventScroll: true });
    toast.remove();
  });
  document.addEventListener("htmx:sendError", () => {
    complain("The server cannot be reached. Nothing was changed; try again in a moment.");
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 403) complain("This page is too old. Load it again, and repeat what you did.");
    else if (status === 404) complain("That is no longer there: it was deleted meanwhile. Load the page again.");
    else if (status === 409) complain("This list is full. Delete some todos first.");
    else if (status === 429) complain("That was too much at once. Wait a moment, then try again.");
    else complain("That did not work. Load the page again to see how things stand.");
  });
  tend();
})();
