"""How passwords are hashed: slow for whoever guesses, bounded in memory for us."""

import threading

from django.contrib.auth.hashers import Argon2PasswordHasher

# Each hash needs its memory for some 30 ms. Sign-ins wait for each other rather than fill the process's memory.
MAX_PARALLEL = 2
_turns = threading.BoundedSemaphore(MAX_PARALLEL)


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the smallest memory that OWASP recommends, few at a time.

    Hashes made with Django's parameters (100 MiB) still verify, and are replaced at the next sign-in.
    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
    """

    memory_cost = 19 * 1024  # KiB
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turns:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turns:
            return super().verify(password, encoded)
