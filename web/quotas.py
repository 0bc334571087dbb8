"""Quotas: how many rows a list may have."""


class QuotaExceeded(Exception):
    """The list is full. The message is a sentence for the person who asked for more."""


def check_quota(count: int, most: int, what: str, *, more: int = 1) -> None:
    """Raise QuotaExceeded if ``count`` rows and ``more`` are over ``most``."""
    if count + more <= most:
        return
    if more == 1:
        raise QuotaExceeded(f"There are {count:,} {what} already, and {most:,} is the limit.")
    raise QuotaExceeded(f"There are {count:,} {what} already, and {more:,} more would be over the most, {most:,}.")
