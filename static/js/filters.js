// List page: search and filters, which change the address, and so Back and Forward.
(() => {
  const app = window.taskoverflow;

  const WAIT_MILLISECONDS = 200;
  const filters = document.getElementById("filters");
  let timer;

  const search = () => {
    clearTimeout(timer);
    app.load(`${filters.getAttribute("action")}?${new URLSearchParams(new FormData(filters))}`);
  };

  filters.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    clearTimeout(timer);
    timer = setTimeout(search, WAIT_MILLISECONDS);
  });
  filters.addEventListener("change", (event) => {
    if (event.target.type !== "search") search();
  });
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });

  let shown = location.pathname + location.search;
  document.addEventListener("list:shown", () => { shown = location.pathname + location.search; });
  window.addEventListener("popstate", () => {
    const address = location.pathname + location.search;
    if (address === shown) return; // only the fragment has changed
    const values = new URLSearchParams(location.search);
    for (const field of filters.elements) if (field.name) field.value = values.get(field.name) ?? "";
    app.load(address);
  });
})();
