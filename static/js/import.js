// Import page: submit a file as soon as it is chosen or dropped.
document.querySelector("[data-sends-at-once] input[type=file]").addEventListener("change", (event) => {
  if (event.target.files.length) event.target.form.submit();
});
