// Every page: messages that can be dismissed, and errors of requests in the background.
(() => {
  const FADE_MILLISECONDS = matchMedia("(max-width: 52rem)").matches ? 6000 : 10_000;
  const messages = document.getElementById("messages");

  const fade = (toast) => {
    let left;
    const start = () => { left = setTimeout(() => toast.remove(), FADE_MILLISECONDS); };
    const stop = () => clearTimeout(left);
    for (const event of ["pointerenter", "focusin"]) toast.addEventListener(event, stop);
    for (const event of ["pointerleave", "focusout"]) toast.addEventListener(event, start);
    start();
  };

  // On phones, messages are at the bottom, or at the top if they would cover the buttons or the focus of an editor.
  const place = () => {
    messages.classList.add("low");
    const { top, bottom } = messages.getBoundingClientRect();
    const isCovered = (element) => {
      const box = element.getBoundingClientRect();
      return box.top < bottom && box.bottom > top;
    };
    const isInTheWay = [...document.querySelectorAll(".edit .actions, .edit :focus, .add :focus")].some(isCovered);
    messages.classList.toggle("low", !isInTheWay);
  };

  // Messages stack up and fade out. Errors stay, but only the latest is shown.
  const tend = () => {
    for (const toast of messages.querySelectorAll(".toast:not([data-tended])")) {
      toast.dataset.tended = "";
      if (!toast.classList.contains("error")) {
        fade(toast);
        continue;
      }
      for (const old of messages.querySelectorAll(".toast.error")) if (old !== toast) old.remove();
    }
    messages.scrollTop = messages.scrollHeight;
    place();
  };

  const say = (sentence, kind = "error") => {
    const toast = document.createElement("div");
    toast.className = `toast ${kind}`;
    const text = document.createElement("p");
    text.textContent = sentence;
    toast.append(text);
    messages.append(toast);
    tend();
  };

  // The page has what scripts say, in its language: values stand for names in braces.
  const texts = document.getElementById("texts").dataset;
  const textOf = (name, values = {}, from = texts) => from[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

  const SENTENCES = { 403: "expired", 404: "gone", 409: "full", 429: "tooMany" };

  // What the page of an error says for itself, such as that one may only view the list now.
  const own = ({ html }) => {
    const sentence = html && new DOMParser().parseFromString(html, "text/html").querySelector("[data-reason]")?.textContent;
    return sentence ? textOf("copyFirst", { sentence }) : undefined;
  };

  // Say why a request failed. There is no answer if the server could not be reached.
  const reason = (answer) => answer
    ? own(answer) ?? textOf(SENTENCES[answer.status] ?? "failed")
    : textOf("unreachable");
  const complain = (answer) => say(reason(answer));

  // A chip says its words in the field that it belongs to: in a line after what is typed there.
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-words]");
    if (!chip) return;
    const field = document.getElementById(chip.parentElement.dataset.field);
    const { words } = chip.dataset;
    field.value = field.name === "title" ? `${field.value.trimEnd()} ${words}` : words;
    for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
    field.focus();
  });

  // Words for a deadline go before a day, so they must not be left over.
  const forgetWords = (words) => {
    if (!words?.value) return;
    words.value = "";
    words.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // A day or a time that is chosen takes their place.
  const WORDS = 'input[type="text"][name="when"]';
  document.addEventListener("change", ({ target }) => {
    if (["date", "time", "day"].includes(target.name)) forgetWords(target.form?.querySelector(WORDS));
  });

  // And words that are typed take the place of a date or a time that was chosen before.
  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(WORDS) || !target.value) return;
    for (const field of [target.form?.elements.date, target.form?.elements.time]) {
      if (field) field.value = field.defaultValue;
    }
  });

  // Signing out ends reminders in this browser: the form says where its push service reaches it.
  const signOut = document.querySelector("[data-ends-session]");
  const nameBrowser = async () => {
    for (const registration of await navigator.serviceWorker.getRegistrations()) {
      const subscription = await registration.pushManager?.getSubscription();
      if (subscription) signOut.elements.endpoint.value = subscription.endpoint;
    }
  };
  if (signOut && "serviceWorker" in navigator) {
    const tryToName = () => nameBrowser().catch(() => {}); // some browsers refuse in private windows
    tryToName();
    document.addEventListener("visibilitychange", tryToName); // another tab may have added it
  }

  document.addEventListener("click", (event) => {
    event.target.closest(".toast .close")?.closest(".toast").remove();
  });
  document.addEventListener("messages:added", tend);
  window.taskoverflow = { complain, forgetWords, reason, say, text: textOf };
  tend();
})();
