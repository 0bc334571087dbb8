"""Web addresses in what people write."""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

MAX_LENGTH = 1_000
# No other schemes. An address ends before a quote, a backslash, which browsers take for a slash, and characters of
# formatting, which make text look like another text.
_ADDRESS = re.compile(r"https?://[^\s<>\"\\…\u200b-\u200f\u202a-\u202e\u2060-\u2069]+", re.IGNORECASE)
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def addresses_in(text: str, *, max_length: int = MAX_LENGTH) -> Iterator[tuple[int, str]]:
    """Yield each address with its place, without the punctuation that ends the sentence around it.

    One that an ellipsis follows is left out, since it was cut.
    """
    for found in _ADDRESS.finditer(text):
        if len(found[0]) <= max_length and not text.startswith("…", found.end()):
            address = _trimmed(found[0])
            if _host(address):
                yield found.start(), address


def linked(text: str, *, most: int | None = None) -> SafeString:
    """Return the text as HTML, with links to its addresses, or to the first of them."""
    pieces, end = [], 0
    for start, address in islice(addresses_in(text), most):
        pieces += [escape(text[end:start]), link(address, address)]
        end = start + len(address)
    return mark_safe("".join([*pieces, escape(text[end:])]))  # noqa: S308 - all of it is escaped


def link(address: str, words: str) -> SafeString:
    """Return a link to what somebody has written: search engines do not take it for a recommendation of ours."""
    return format_html('<a href="{}" target="_blank" rel="noopener nofollow ugc">{}</a>', address, words)


def first_site(text: str, *, max_length: int) -> SafeString:
    """Return a link to the first address, with only the name of the site as its words, or ""."""
    address = next((address for _, address in addresses_in(text, max_length=max_length)), "")
    return link(address, _host(address)) if address else SafeString()


def _trimmed(address: str) -> str:
    while (last := address[-1]) in ".,:;!?'*_~" or (
        last in _BRACKETS and address.count(last) > address.count(_BRACKETS[last])
    ):
        address = address[:-1]
    return address


def _host(address: str) -> str:
    """Return the name of the site, or "" if there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets that hold no address
        return ""
