// Settings of reminders: has the browser's push service send to this browser.
(() => {
  const form = document.querySelector("[data-push]");
  if (!form) return;
  const button = form.querySelector("button");
  const error = form.querySelector(".error");

  const say = (sentence) => {
    error.textContent = sentence;
    error.hidden = false;
    button.disabled = false;
  };

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

  const name = () => {
    const agent = navigator.userAgent;
    const browser = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]]
      .find(([mark]) => agent.includes(mark))?.[1] ?? "Browser";
    const system = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS", "Mac"], ["Linux", "Linux"]]
      .find(([mark]) => agent.includes(mark))?.[1];
    return system ? `${browser} on ${system}` : browser;
  };

  // Where the push service reaches this browser, if it does; which row that is, the server has written down as a hash.
  const current = async () => {
    const registration = await navigator.serviceWorker?.getRegistration(form.dataset.worker);
    return await registration?.pushManager?.getSubscription() ?? null;
  };

  const hash = async (text) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  // Nothing that this installation signs reaches a subscription with a key that it had before.
  const isOfThisKey = ({ options }) => {
    const key = options?.applicationServerKey;
    return !key || String(new Uint8Array(key)) === String(bytes(form.dataset.push));
  };

  const showWhichIsThis = async () => {
    const subscription = await current();
    const row = subscription && document.querySelector(`[data-endpoint="${await hash(subscription.endpoint)}"]`);
    if (!row) return;
    row.querySelector("[data-this]").hidden = false;
    button.hidden = isOfThisKey(subscription);
    row.querySelector("[data-remove]").addEventListener("submit", async (event) => {
      event.preventDefault();
      await subscription.unsubscribe().catch(() => {}); // without it, nothing is sent either
      event.target.submit();
    });
  };
  showWhichIsThis().catch(() => {}); // it is a hint

  // A push subscription needs an active worker, and a new one has to be installed first.
  const active = (registration) => new Promise((resolve, reject) => {
    const worker = registration.installing ?? registration.waiting;
    if (registration.active || !worker) return resolve();
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("The worker was not installed."));
    });
  });

  const subscribe = async () => {
    const registration = await navigator.serviceWorker.register(form.dataset.worker);
    await active(registration);
    const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) };
    try {
      return await registration.pushManager.subscribe(options);
    } catch (failure) {
      // The key of this installation has changed: what the browser still has of the old one is of no use.
      const old = await registration.pushManager.getSubscription();
      if (!old) throw failure;
      await old.unsubscribe();
      return registration.pushManager.subscribe(options);
    }
  };

  button.addEventListener("click", async () => {
    button.disabled = true;
    if (!("serviceWorker" in navigator && "PushManager" in window)) {
      say(error.dataset.unable);
      return;
    }
    if (await Notification.requestPermission() !== "granted") {
      say(error.dataset.denied);
      return;
    }
    try {
      const { endpoint, keys } = (await subscribe()).toJSON();
      form.elements.endpoint.value = endpoint;
      form.elements.p256dh.value = keys.p256dh;
      form.elements.auth.value = keys.auth;
      form.elements.name.value = name();
    } catch {
      say(error.dataset.unreached);
      return;
    }
    form.submit();
  });
})();
