"""How much one list may hold."""


class CapReached(Exception):
    """The list holds the most there may be; the message is a sentence for the person who asked for more."""


def require_room(count: int, most: int, what: str, *, more: int = 1) -> None:
    """Raise CapReached where so many more would be too many."""
    if count + more <= most:
        return
    if more == 1:
        raise CapReached(f"There are {count:,} {what} already, which is the most. Delete some first.")
    raise CapReached(f"There are {count:,} {what} already, and {more:,} more would be over the most, {most:,}.")
