// List page: offers the browser's time zone, if the list has another.
(() => {
  const LEFT = "time zone left as it is"; // remembers that the user kept this list's zone in this browser
  const offer = document.querySelector(".zone"); // only for the list's owner
  if (!offer) return;
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const pair = `${offer.dataset.zone} ${mine}`;
  if (mine && mine !== offer.dataset.zone && localStorage.getItem(LEFT) !== pair) {
    offer.elements.time_zone.value = mine;
    offer.querySelector("strong").textContent = mine.replaceAll("_", " ");
    offer.querySelector("[type=button]").addEventListener("click", () => {
      localStorage.setItem(LEFT, pair);
      offer.hidden = true;
    });
    offer.hidden = false;
  }
})();
