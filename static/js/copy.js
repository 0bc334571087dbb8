// Copy buttons, which briefly say "Copied".
(() => {
  const SAID_MILLISECONDS = 2000;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const input = document.getElementById(button.dataset.copy);
    input.select();
    try {
      await navigator.clipboard.writeText(input.value);
    } catch {
      // The clipboard API needs HTTPS. Fall back to the old command; the text stays selected.
      document.execCommand("copy");
    }
    const label = button.querySelector("span");
    button.dataset.label ??= label.textContent;
    label.textContent = window.taskoverflow.text("copied");
    setTimeout(() => { label.textContent = button.dataset.label; }, SAID_MILLISECONDS);
  });
})();
