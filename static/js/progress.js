// Export page: poll the progress with increasing delays until the job has ended. Pauses while the tab is hidden.
(() => {
  const FIRST_MILLISECONDS = 400;
  const LAST_MILLISECONDS = 10_000;
  const SLOWER = 1.25;

  const progress = document.getElementById("progress");
  let wait = FIRST_MILLISECONDS;
  let etag = "";
  let timer;
  let isAsking = false;

  const ended = () => progress.querySelector("[data-final]") !== null;

  const ask = async () => {
    isAsking = true;
    try {
      const answer = await fetch(progress.dataset.address, {
        cache: "no-store",
        headers: etag ? { "If-None-Match": etag } : {},
        redirect: "error",
      });
      if (answer.status === 200) {
        etag = answer.headers.get("ETag") ?? "";
        show(await answer.text());
      } else if (answer.status === 404) {
        location.reload();
        return;
      }
    } catch {
      // The server is temporarily unreachable: try again.
    }
    isAsking = false;
    plan();
  };

  // Keep the live region element, so that screen readers announce its changes.
  const show = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html").querySelector(".progress");
    const region = progress.querySelector("[role=status]");
    const news = next.querySelector("[role=status]");
    if (region.innerHTML !== news.innerHTML) region.innerHTML = news.innerHTML;
    news.replaceWith(region);
    progress.replaceChildren(next);
    if (ended()) finish();
  };

  const finish = () => {
    for (const form of document.querySelectorAll("[data-while-waiting]")) form.hidden = true;
    const hasFailed = progress.querySelector(".failure") !== null; // its card has a button to try again
    for (const form of document.querySelectorAll("[data-when-ended]")) form.hidden = hasFailed;
  };

  const plan = () => {
    clearTimeout(timer);
    if (ended() || document.hidden || isAsking) return;
    timer = setTimeout(ask, wait);
    wait = Math.min(wait * SLOWER, LAST_MILLISECONDS);
  };

  const tell = () => {
    const elapsed = progress.querySelector("[data-since]");
    if (!elapsed) return;
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(elapsed.dataset.since)) / 1000));
    const minutes = Math.floor(seconds / 60);
    elapsed.textContent = minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
  };

  // An event says that the job has changed.
  window.taskoverflow.refresh = async () => {
    if (isAsking) return null;
    wait = FIRST_MILLISECONDS;
    await ask();
    return { status: 200 };
  };

  if (ended()) return;
  setInterval(tell, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) wait = FIRST_MILLISECONDS;
    plan();
  });
  plan();
})();
