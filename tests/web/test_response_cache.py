"""The cache of response bodies."""

from web.response_cache import ResponseCache


def test_cache_is_bounded_by_bytes_and_has_one_version_of_each_key() -> None:
    cache = ResponseCache(max_bytes=10)
    for key in "abc":
        cache.set((key,), 1, b"1234")
    cache.set(("c",), 2, b"12345")
    assert [cache.get((key,), 2) for key in "abc"] == [None, None, b"12345"]
    assert [cache.get((key,), 1) for key in "abc"] == [None, b"1234", None]


def test_body_that_was_read_last_stays_longest() -> None:
    cache = ResponseCache(max_bytes=10)
    for key in "ab":
        cache.set((key,), 1, b"1234")
    cache.get(("a",), 1)
    cache.set(("c",), 1, b"1234")
    assert [cache.get((key,), 1) for key in "abc"] == [b"1234", None, b"1234"]


def test_body_larger_than_the_cache_replaces_its_own_version_alone() -> None:
    cache = ResponseCache(max_bytes=10)
    cache.set(("a",), 1, b"1234")
    cache.set(("b",), 1, b"1234")
    cache.set(("b",), 2, b"12345678901")
    assert (cache.get(("a",), 1), cache.get(("b",), 1), cache.get(("b",), 2)) == (b"1234", None, None)
