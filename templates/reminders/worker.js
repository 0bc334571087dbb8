// Shows reminders that a push service brings, and opens the page that was chosen. It changes nothing by itself.
self.addEventListener("push", (event) => {
  const { title, body, url, tag, actions } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, {
    body,
    tag, // one that comes twice is shown once
    data: { url, actions },
    actions: actions.map((action, index) => ({ action: String(index), title: action.title })),
  }));
});

self.addEventListener("notificationclick", (event) => {
  const { url, actions } = event.notification.data;
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.action ? actions[Number(event.action)].url : url));
});
