"""What goes wrong, at random, one thing after another."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.chaos.world import World
from tests.processes import Process

PAUSE_SECONDS = 12  # longer than a lease: who wakes up has lost it


class Faults:
    """Strikes the world until told to stop; then everything is back on its feet."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.struck: Counter[str] = Counter()
        self._stop = threading.Event()
        self._lasting: list[threading.Thread] = []
        self._topic: threading.Thread | None = None
        self._errors: list[Exception] = []

    @contextmanager
    def striking(self) -> Iterator[None]:
        """Strike in a thread meanwhile. Raises what a fault itself died of: then nothing was tried."""
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            for thread in self._lasting:
                thread.join()
        if self._errors:
            raise self._errors[0]

    def _run(self) -> None:
        faults: list[tuple[int, str, Callable[[], None]]] = [
            (5, "a worker was killed", self.kill_worker),
            (1, "a worker was paused", self.pause_worker),
            (3, "the broker forgot everything", self.world.broker.forget),
            (1, "the database crashed", self.crash_database),
            (1, "the web server was killed", self.kill_web),
        ]
        if self.world.topic:
            faults += [
                (2, "the broker was away", self.pause_broker),
                (2, "a target was killed", self.kill_target),
                (1, "a target hung", self.pause_target),
                (1, "the topic's server died or hung", self.strike_topic),
            ]
        weights = [weight for weight, _, _ in faults]
        while not self._stop.wait(self.chance.uniform(0.5, 2.5)):
            _, name, strike = self.chance.choices(faults, weights)[0]
            if not self._attempt(strike):
                return
            self.struck[name] += 1

    def _attempt(self, strike: Callable[[], None]) -> bool:
        try:
            strike()
        except Exception as error:
            self._errors.append(error)
            return False
        return True

    def kill_worker(self) -> None:
        worker = self.chance.choice(self.world.workers)
        worker.kill()
        self._stop.wait(self.chance.uniform(0, 1))
        worker.start()

    def pause_worker(self) -> None:
        """Pause a worker, and go on with other faults while it is paused."""
        self._pause(self.chance.choice(self.world.workers))

    def _pause(self, process: Process) -> None:
        process.pause()
        # What is killed meanwhile is woken up first, and what is started anew needs no waking.
        self._lasting.append(threading.Timer(PAUSE_SECONDS, process.resume))
        self._lasting[-1].start()

    def pause_broker(self) -> None:
        with self.world.broker.server.paused():
            self._stop.wait(self.chance.uniform(0, 3))

    def strike_topic(self) -> None:
        """It takes its time to come back; other faults go on."""
        if self._topic is None or not self._topic.is_alive():
            self._topic = threading.Thread(target=self._attempt, args=[self.world.topic.strike])
            self._lasting.append(self._topic)
            self._topic.start()

    def kill_target(self) -> None:
        target = self.chance.choice([*self.world.targets.values()])
        target.kill()
        self._stop.wait(self.chance.uniform(0, 3))
        target.start()

    def pause_target(self) -> None:
        self._pause(self.chance.choice([*self.world.targets.values()]))

    def crash_database(self) -> None:
        self.world.database.kill()
        self._stop.wait(self.chance.uniform(0, 2))
        self.world.database.start()

    def kill_web(self) -> None:
        self.world.web.kill()
        self._stop.wait(self.chance.uniform(0, 1))
        self.world.web.start()
