// List page: says so if the list has another time zone than the browser, which its owner is offered.
(() => {
  const LEFT = "time zone left as it is"; // remembers that the user kept this list's zone in this browser
  const offer = document.querySelector(".zone");
  if (!offer) return;
  const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const pair = `${offer.dataset.zone} ${mine}`;
  if (mine && mine !== offer.dataset.zone && localStorage.getItem(LEFT) !== pair) {
    if (offer.elements) offer.elements.time_zone.value = mine; // only its owner may change it
    offer.querySelector("strong").textContent = mine.replaceAll("_", " ");
    offer.querySelector("[type=button]").addEventListener("click", () => {
      localStorage.setItem(LEFT, pair);
      offer.hidden = true;
    });
    offer.hidden = false;
  }
})();
