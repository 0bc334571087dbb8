// List page: adding todos.
(() => {
  const app = window.taskoverflow;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("#add")) return;
    event.preventDefault();
    app.send(form.getAttribute("action"), new FormData(form), {
      answered: (answer) => {
        if (answer?.status === 422) {
          const next = document.adoptNode(new DOMParser().parseFromString(answer.html, "text/html").querySelector("form"));
          form.replaceWith(next);
          htmx.process(next);
        } else if (answer?.isList) {
          form.reset();
          form.querySelector("#reading").replaceChildren();
          form.querySelector("input[name=title]").focus();
        }
      },
    });
  });
})();
