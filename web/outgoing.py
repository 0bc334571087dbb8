"""Requests to addresses that users have entered. They must not reach what only this server can reach.

The name is resolved once, every address is checked, and the connection goes to one that was checked: what the name
resolves to a moment later does not matter. Certificates are checked for the name. No redirect is followed, no proxy of
the environment is used, and there is a limit on the time and on what is read.
"""

import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3
from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError

from observability import tracing

CONNECT_SECONDS = 5
READ_SECONDS = 10
TOTAL_SECONDS = 15
TOO_LONG = f"It took longer than {TOTAL_SECONDS} seconds."
# One sentence for both: which names there are in the network here is not for everybody to find out.
NO_SUCH_NAME = "Its name does not exist, or leads into a private network."
MAX_ANSWER_BYTES = 2_000
MAX_ADDRESSES = 3
PORTS = {"https": 443, "http": 80}
# Networks of IPv6 that stand for addresses of IPv4: they lead wherever these do.
_TRANSLATED = [ipaddress.ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]

# It writes down addresses, which may hold secrets.
logging.getLogger("urllib3").setLevel(logging.ERROR)


class AddressRefused(Exception):
    """The address may not be called. The message is a sentence for who entered it."""


class NoAnswer(Exception):
    """There was no answer. The message is a sentence for who entered the address."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes  # the first bytes of it
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def check_url(url: str) -> SplitResult:
    """Return the parts of an address that may be entered. Raises AddressRefused.

    Where its name leads is checked each time that it is called.
    """
    schemes = ("https", "http") if settings.ALLOW_PRIVATE_TARGETS else ("https",)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise AddressRefused(_("This is not a web address.")) from None
    if parts.scheme not in schemes:
        sentence = _("The address must begin with %(schemes)s.")
        either = " {} ".format(_("or")).join(f"{scheme}://" for scheme in schemes)
        raise AddressRefused(sentence % {"schemes": either})
    if not host or port == 0 or not url.isascii() or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url):
        raise AddressRefused(_("This is not a web address."))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(_("The address must have no user name and no password."))
    with suppress(ValueError):  # a name, not an address
        literal = ipaddress.ip_address(host)
        if not _may_reach(literal):
            raise AddressRefused(_("This address is in a private network."))
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post to an address that a user has entered. Raises AddressRefused and NoAnswer."""
    with tracing.span("POST", kind=tracing.Kind.CLIENT):  # without the address, which may hold secrets
        answer = _post_to_one(url, body, headers)
        tracing.annotate(status=answer.status)
        return answer


def _post_to_one(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post to the first address of the name that can be connected to."""
    parts = check_url(url)
    port = parts.port or PORTS[parts.scheme]
    started = time.monotonic()
    addresses = _resolve(parts.hostname, port)
    for number, address in enumerate(addresses, 1):
        try:
            return _post(parts, address, port, body, headers, started)
        except (NewConnectionError, ConnectTimeoutError) as error:
            if number == len(addresses):
                raise NoAnswer("No connection could be made.") from error
        except SSLError as error:
            raise NoAnswer("Its certificate is not valid, or it does not speak TLS.") from error
        except ReadTimeoutError as error:
            raise NoAnswer(f"It did not answer within {READ_SECONDS} seconds.") from error
        except (HTTPError, OSError, ValueError) as error:
            if time.monotonic() - started >= TOTAL_SECONDS:
                raise NoAnswer(TOO_LONG) from error
            raise NoAnswer("The connection broke, or the answer was not HTTP.") from error
    raise NoAnswer(NO_SUCH_NAME)


def _post(
    parts: SplitResult, address: str, port: int, body: bytes, headers: Mapping[str, str], started: float
) -> Answer:
    seconds_left = TOTAL_SECONDS - (time.monotonic() - started)
    if seconds_left <= 0:
        raise NoAnswer(TOO_LONG)
    timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds_left), read=READ_SECONDS)
    options: dict[str, object] = {"timeout": timeout, "retries": False, "maxsize": 1}
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, server_hostname=parts.hostname, assert_hostname=parts.hostname, ssl_context=_tls(),
            **options,
        )  # fmt: skip
    else:
        pool = urllib3.HTTPConnectionPool(address, port, **options)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    host = host if parts.port in {None, PORTS[parts.scheme]} else f"{host}:{parts.port}"
    with pool, _ended_after(pool, seconds_left) as is_ended:
        response = pool.urlopen(
            "POST", target, body=body, headers={**headers, "Host": host, "Connection": "close"},
            redirect=False, assert_same_host=False, preload_content=False, decode_content=False,
        )  # fmt: skip
        if is_ended.is_set():  # what had come by then looks like a short answer
            raise NoAnswer(TOO_LONG)
        answer = b""
        with suppress(HTTPError, OSError):  # the status has come, and that is what counts
            answer = response.read(MAX_ANSWER_BYTES, decode_content=False)
        response.close()  # whatever else it would send
    milliseconds = round((time.monotonic() - started) * 1000)
    return Answer(response.status, response.headers, answer, milliseconds)


@cache
def _tls() -> ssl.SSLContext:
    """Trust what this machine trusts, and the authorities of Mozilla's list: a slim container has none of its own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


@contextmanager
def _ended_after(pool: urllib3.HTTPConnectionPool, seconds: float) -> Iterator[threading.Event]:
    """End the pool's connection after a time, whatever it does: a limit on reading counts from byte to byte.

    The event says that this has happened.
    """
    is_ended = threading.Event()
    # Duplicates of our own: on its way to the end of the answer, a socket goes from object to object.
    socks: list[socket.socket] = []
    make = pool._new_conn

    def end() -> None:
        is_ended.set()
        for sock in list(socks):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def remember() -> HTTPConnection:
        connection = make()
        open_socket = connection._new_conn

        def open_and_remember() -> socket.socket:
            sock = open_socket()
            socks.append(sock.dup())
            if is_ended.is_set():
                end()
            return sock

        connection._new_conn = open_and_remember  # type: ignore[method-assign]
        return connection

    pool._new_conn = remember  # type: ignore[method-assign]
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield is_ended
    finally:
        timer.cancel()
        timer.join()
        for sock in socks:
            sock.close()


def _resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, each of which may be called."""
    try:
        found = _look_up(host, port)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(NO_SUCH_NAME) from error
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    for address in addresses:
        if not _may_reach(ipaddress.ip_address(address)):
            raise AddressRefused(NO_SUCH_NAME)
    return addresses[:MAX_ADDRESSES]


def _look_up(host: str, port: int) -> list[tuple]:
    """Ask the resolver, which has no limit on its time: a thread that waits for it is left behind."""
    found: Future[list[tuple]] = Future()

    def ask() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            found.set_exception(error)

    threading.Thread(target=ask, name="resolver", daemon=True).start()
    return found.result(timeout=CONNECT_SECONDS)  # TimeoutError is an OSError


def _may_reach(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address is one of the public internet."""
    if settings.ALLOW_PRIVATE_TARGETS:
        return True
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address.is_site_local or any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
