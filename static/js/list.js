// Of the list: a form that was sent is ready for the next todo, and an edit can be called off.
(() => {
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form[data-resets]");
    if (form && event.detail.xhr.status === 200) {
      form.reset();
      form.querySelector("input:not([type=hidden])").focus();
    }
  });

  // Editing in place: the first field is ready to type in; Cancel and Escape bring the list back.
  document.addEventListener("htmx:afterSwap", () => {
    document.querySelector(".editing form input[name=title]:not([data-ready])")?.focus();
    for (const input of document.querySelectorAll(".editing form input[name=title]")) input.dataset.ready = "";
  });

  const leave = () => htmx.ajax("GET", location.pathname + location.search, { target: "#todos", swap: "outerHTML" });

  document.addEventListener("click", (event) => {
    if (event.target.closest("li.editing [data-cancel]")) {
      event.preventDefault();
      leave();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest?.("li.editing")) leave();
  });
})();
