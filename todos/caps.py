"""How much one list may hold."""


class CapReached(Exception):
    """The list holds the most there may be; the message is a sentence for the person who asked for more."""


def require_room(count: int, most: int, what: str) -> None:
    """Raise CapReached where one more would be too many."""
    if count >= most:
        raise CapReached(f"There are {count:,} {what} already, which is the most. Delete some first.")
