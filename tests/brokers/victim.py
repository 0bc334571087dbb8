"""A worker to be killed: it takes one message, says so, and never finishes it."""

import sys
import time

import django
from django.conf import settings

from tests.brokers.rigs import Recorder, Rig, shorten_waits


def main(url: str) -> None:
    if not settings.configured:
        settings.configure()
    django.setup()
    shorten_waits()
    rig = Rig()
    rig.url = url
    recorder = Recorder(rig.broker(), rig.queue)

    def dwell(text: str) -> None:
        print("took", text, flush=True)
        time.sleep(3600)

    recorder.during = dwell
    with recorder.working():
        time.sleep(3600)


if __name__ == "__main__":
    main(sys.argv[1])
