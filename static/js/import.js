// Of the import page: a file that was chosen or dropped is sent at once.
document.querySelector("[data-sends-at-once] input[type=file]").addEventListener("change", (event) => {
  if (event.target.files.length) event.target.form.submit();
});
