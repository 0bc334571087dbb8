"""Encodings of text other than UTF-8: what vCalendar 1.0, programs before UTF-8 and Excel write."""

from binascii import a2b_qp

LATIN_1 = "cp1252"  # Windows-1252, which has all letters of Latin-1 and what Windows programs write as such
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # of UTF-8
GUESSED = "Latin-1"  # the encoding of what does not name its own
# What CHARSET may name, in the words of Python's codecs. A codec is only looked up if its name is known.
CHARSETS = {
    "ASCII": "ascii",
    "US-ASCII": "ascii",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "ISO-8859-1": LATIN_1,
    "LATIN1": LATIN_1,
    "WINDOWS-1252": LATIN_1,
    "CP1252": LATIN_1,
    "ISO-8859-2": "iso8859-2",
    "ISO-8859-5": "iso8859-5",
    "ISO-8859-7": "iso8859-7",
    "ISO-8859-9": "iso8859-9",
    "ISO-8859-15": "iso8859-15",
    "WINDOWS-1250": "cp1250",
    "WINDOWS-1251": "cp1251",
    "WINDOWS-1253": "cp1253",
    "WINDOWS-1254": "cp1254",
    "KOI8-R": "koi8-r",
    "SHIFT_JIS": "shift_jis",
    "SHIFT-JIS": "shift_jis",
    "EUC-JP": "euc_jp",
    "EUC-KR": "euc_kr",
    "GB2312": "gb18030",
    "GBK": "gb18030",
    "BIG5": "big5",
}


def decode(octets: bytes, charset: str = "") -> tuple[str, str]:
    """Return the text of some bytes, and the encoding they are in if that is not UTF-8.

    What is not UTF-8, and says nothing else, is Latin-1. Damaged UTF-8 is not, since a wrong title is worse than
    none. Raises UnicodeDecodeError.
    """
    if charset and (codec := CHARSETS.get(charset.upper())):
        text = octets.decode(codec)
        return text, "" if octets.isascii() or codec == "utf-8" else charset.upper()
    try:
        return octets.decode(), ""
    except UnicodeDecodeError:
        if not octets.decode(errors="ignore").isascii():
            raise
        return octets.decode(LATIN_1), GUESSED


def without_utf_16(octets: bytes) -> bytes:
    """Return a file in UTF-16, as Excel and Windows write it, in UTF-8; any other one as it is.

    Without a mark at its beginning, it is one in which every other byte of the first characters is 0. What is damaged
    in it becomes U+FFFD.
    """
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16"
    elif len(octets) > 3 and not any(octets[1:4:2]) and all(octets[0:4:2]):
        codec = "utf-16-le"
    elif len(octets) > 3 and not any(octets[0:4:2]) and all(octets[1:4:2]):
        codec = "utf-16-be"
    else:
        return octets
    return octets.decode(codec, errors="replace").encode(errors="replace")


def is_quoted_printable(parameters: bytes) -> bool:
    """Return whether the parameters of a property say so, as vCalendar 1.0 has it, with or without ENCODING=."""
    return b"QUOTED-PRINTABLE" in parameters.upper()


def decode_quoted_printable(octets: bytes) -> bytes:
    return a2b_qp(octets)
