// Every page: dismissable messages, and errors of background requests.
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

  // Messages stack up and fade out. Errors stay, but only the latest is shown.
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
    complain("Cannot reach the server. Nothing was changed. Try again in a moment.");
  });
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 403) complain("This page has expired, or you are signed out. Copy what you typed, then reload.");
    else if (status === 404) complain("This no longer exists. Reload the page.");
    else if (status === 409) complain("This list is full. Delete some todos first.");
    else if (status === 429) complain("Too many requests. Wait a moment and try again.");
    else complain("Something went wrong. Reload the page to see the current state.");
  });
  tend();
})();
