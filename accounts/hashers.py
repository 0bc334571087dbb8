"""How passwords are hashed: slow to guess, bounded in memory."""

import os
from concurrent.futures import ThreadPoolExecutor

from django.contrib.auth.hashers import Argon2PasswordHasher

# Each hash needs its memory for some 30 ms, and a thread's allocator may keep it. So a few threads do all of them, and
# sign-ins wait for each other.
MAX_PARALLEL = 2


def _start_threads() -> None:
    global _hashing
    _hashing = ThreadPoolExecutor(MAX_PARALLEL, "hashing")


_start_threads()
os.register_at_fork(after_in_child=_start_threads)  # a child process has none of its parent's threads


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the smallest memory that OWASP recommends, few at a time.

    Hashes made with Django's parameters (100 MiB) still verify, and are replaced at the next sign-in.
    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
    """

    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return _hashing.submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        return _hashing.submit(super().verify, password, encoded).result()
