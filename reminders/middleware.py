"""Dramatiq's middleware: what is due at a time is sent by every process that has a worker."""

import threading

from background.middleware import BackgroundThread


class SendReminders(BackgroundThread):
    """Runs the sender.

    Reminders are due by the clock, many in one minute and each within seconds. A message for each would save no
    waiting, and cost more than sending them. So a thread looks what is due, takes many at once, and leaves all waiting
    for mail servers and push services to threads of its own: none of them can delay a calendar.
    """

    name = "reminders"
    join_seconds = 15

    def run(self, stop: threading.Event) -> None:
        from reminders.sender import Sender

        Sender().run(stop)
