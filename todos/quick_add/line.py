"""A line, its tokens, and what stands beside its phrases."""

from todos.quick_add.grammar import Grammar, Phrase
from todos.quick_add.tokens import Kind, Token


class Line:
    def __init__(self, text: str, tokens: list[Token], grammar: Grammar) -> None:
        self.text = text
        self.tokens = tokens
        self.grammar = grammar
        self.words = grammar.words
        self.token = grammar.token
        self.word = grammar.word
        # The first word like "he": after it, "sat" is a verb.
        self.sitter = next((i for i, token in enumerate(tokens) if token.text in self.words.WHO_SITS), len(tokens))

    def original(self, i: int) -> str:
        """Return a token as it was typed."""
        return self.text[self.tokens[i].start : self.tokens[i].end]

    def before(self, phrase: Phrase) -> str:
        """Return the word before the phrase."""
        return self.word(phrase.start - 1)

    def after(self, phrase: Phrase) -> str:
        """Return the word after the phrase."""
        return self.word(phrase.end)

    def ends(self, phrase: Phrase) -> bool:
        """Whether only punctuation follows."""
        return all(token.kind == Kind.PUNCTUATION for token in self.tokens[phrase.end : phrase.end + 3])

    def goes_on(self, phrase: Phrase) -> bool:
        """Whether what follows does not belong to a name that the phrase begins, as in "Friday prayers"."""
        following = self.token(phrase.end)
        return following.kind == Kind.PUNCTUATION or following.text in self.words.FOLLOWERS

    def is_quoted(self, phrase: Phrase) -> bool:
        before = self.text[: self.tokens[phrase.start].start]
        return (
            before.count('"') % 2 == 1
            or before.rfind("“") > before.rfind("”")
            or before.rfind("«") > before.rfind("»")
            or before.rfind("„") > max(before.rfind("“"), before.rfind("”"))
        )

    def is_day_name(self, i: int) -> bool:
        return self.names_day(self.word(i))

    def is_day_in_list(self, i: int) -> bool:
        """Whether this is a day if another is joined to it: "lun, mer", but not "la mer"."""
        is_short = self.word(i) in self.words.LISTED_WEEKDAYS and self.word(i - 1) not in self.words.NOT_AFTER
        return is_short or self.is_day_name(i)

    def names_day(self, word: str) -> bool:
        return word in self.words.DAY_NAMES or word in self.words.WORDLIKE_WEEKDAYS

    def is_dash(self, i: int) -> bool:
        return self.token(i).text in ("-", "–", "—")
