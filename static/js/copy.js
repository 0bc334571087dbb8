// Buttons that copy an address, and say that they did.
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
      // No clipboard without https: the selection can be copied by hand, or in the old way.
      document.execCommand("copy");
    }
    const label = button.querySelector("span");
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = "Copy"; }, SAID_MILLISECONDS);
  });
})();
