"""Granian's requests as WSGI environments."""

from types import SimpleNamespace

from web.server import environment


class Headers(dict):
    """Granian's headers: all values of each name."""

    get_all = dict.__getitem__


def scope(headers: dict[str, list[str]], path: str = "/") -> SimpleNamespace:
    return SimpleNamespace(
        client="[::1]:50000",
        server="127.0.0.1:6400",
        method="GET",
        path=path,
        query_string="",
        scheme="http",
        headers=Headers(headers),
    )


def test_header_with_an_underscore_is_dropped() -> None:
    environ = environment(scope({"x_forwarded_for": ["10.0.0.1"], "x-forwarded-proto": ["https"]}), b"")

    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert environ["HTTP_X_FORWARDED_PROTO"] == "https"


def test_repeated_header_becomes_one_list() -> None:
    environ = environment(scope({"x-forwarded-for": ["10.0.0.1", "10.0.0.2"]}), b"")

    assert environ["HTTP_X_FORWARDED_FOR"] == "10.0.0.1,10.0.0.2"


def test_client_is_an_address_without_its_port() -> None:
    assert environment(scope({}), b"")["REMOTE_ADDR"] == "::1"


def test_path_is_bytes_as_latin_1() -> None:
    assert environment(scope({}, path="/é"), b"")["PATH_INFO"] == "/Ã©"
