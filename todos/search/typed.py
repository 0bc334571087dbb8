"""What somebody typed into a search box, as pages show it."""

from dataclasses import dataclass
from typing import Self

from todos.agenda import Clock
from todos.search.language import Query, QueryError, parse


@dataclass(frozen=True)
class TypedSearch:
    """A search with how it was read, or with what is wrong; then it finds nothing."""

    text: str
    query: Query | None
    error: QueryError | None = None
    reading: str = ""

    @classmethod
    def read(cls, text: str, clock: Clock) -> Self:
        try:
            query = parse(text)
        except QueryError as error:
            return cls(text, None, error)
        return cls(text, query, reading=query.words(clock) if query.has_filters else "")

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before the word at fault, this word, and the text behind it."""
        return (
            self.text[: self.error.start],
            self.text[self.error.start : self.error.end],
            self.text[self.error.end :],
        )
