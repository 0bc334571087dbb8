"""How much one list may hold."""


class QuotaExceeded(Exception):
    """The list holds the most there may be; the message is a sentence for the person who asked for more."""


def check_quota(count: int, most: int, what: str, *, more: int = 1) -> None:
    """Raise QuotaExceeded where so many more would be too many."""
    if count + more <= most:
        return
    if more == 1:
        raise QuotaExceeded(f"There are {count:,} {what} already, which is the most. Delete some first.")
    raise QuotaExceeded(f"There are {count:,} {what} already, and {more:,} more would be over the most, {most:,}.")
