"""Bodies that a server process keeps."""

from web.response_cache import KeptBodies


def test_what_is_kept_has_an_end() -> None:
    kept = KeptBodies(most_bytes=10)
    for key in "abc":
        kept.put((key,), 1, b"1234")
    kept.put(("c",), 2, b"12345")
    found = [(key, kept.get((key,), 2)) for key in "abc"]
    assert (found, kept.get(("b",), 1), kept.bytes) == ([("a", None), ("b", None), ("c", b"12345")], b"1234", 9)
