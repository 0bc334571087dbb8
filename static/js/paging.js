// List page: near its end, the next page is shown below it. The link to that stays, for keyboards and after the last of these.
(() => {
  const app = window.taskoverflow;

  const NEAR_PIXELS = 800;
  const BUSY_MILLISECONDS = 500;

  const hasMore = () => document.querySelector("#todos [data-comes]") !== null;

  // What is done comes below all pages.
  const end = () => [...document.querySelectorAll("#todos section:not([data-recent]) li.todo")].at(-1);
  const isNear = () => {
    const bottom = end()?.getBoundingClientRect().bottom;
    return bottom > 0 && bottom < innerHeight + NEAR_PIXELS;
  };

  // Focus on a link or button between rows would be lost.
  const isFree = () => !app.isBusy() && !document.activeElement.matches("#todos :not(li.todo, li.todo *)");

  let isGrowing = false;
  const grow = async () => {
    if (isGrowing || !hasMore() || !isNear()) return;
    isGrowing = true;
    const answer = isFree() ? await app.reload({ more: 1, replace: app.keepPlace, possible: isFree }) : null;
    isGrowing = false;
    if (!answer) setTimeout(grow, BUSY_MILLISECONDS);
  };

  const observer = new IntersectionObserver(grow, { rootMargin: `0px 0px ${NEAR_PIXELS}px` });
  const watch = () => {
    observer.disconnect();
    const last = hasMore() ? end() : null;
    if (last) observer.observe(last);
  };
  document.addEventListener("list:shown", watch);
  watch();
})();
