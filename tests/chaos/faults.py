"""What goes wrong, at random, one thing after another."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.chaos.world import World

PAUSE_SECONDS = 12  # longer than a lease: who wakes up has lost it


class Faults:
    """Strikes the world until told to stop; then everything is back on its feet."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.struck: Counter[str] = Counter()
        self._stop = threading.Event()
        self._paused: list[threading.Timer] = []
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
            for timer in self._paused:
                timer.join()
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
        weights = [weight for weight, _, _ in faults]
        while not self._stop.wait(self.chance.uniform(0.5, 2.5)):
            _, name, strike = self.chance.choices(faults, weights)[0]
            try:
                strike()
            except Exception as error:
                self._errors.append(error)
                return
            self.struck[name] += 1

    def kill_worker(self) -> None:
        worker = self.chance.choice(self.world.workers)
        worker.kill()
        self._stop.wait(self.chance.uniform(0, 1))
        worker.start()

    def pause_worker(self) -> None:
        """Pause a worker, and go on with other faults while it is paused."""
        worker = self.chance.choice(self.world.workers)
        worker.pause()
        # A worker that is killed meanwhile is woken up first, and a new one needs no waking.
        timer = threading.Timer(PAUSE_SECONDS, worker.resume)
        timer.start()
        self._paused.append(timer)

    def crash_database(self) -> None:
        self.world.database.kill()
        self._stop.wait(self.chance.uniform(0, 2))
        self.world.database.start()

    def kill_web(self) -> None:
        self.world.web.kill()
        self._stop.wait(self.chance.uniform(0, 1))
        self.world.web.start()
