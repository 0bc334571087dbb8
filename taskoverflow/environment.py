"""Read settings from the environment: each function returns a usable value or raises one clear sentence."""

import base64
import os
import re
import secrets
import socket
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
import limits
from django.core.exceptions import ImproperlyConfigured

SECRET_KEY_BYTES = 50
SWITCH = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(("false", "0", "no", "off"), False)
# What Django's ALLOWED_HOSTS may hold: a name, .name for its subdomains too, an IP address, or * for any.
HOST_NAME = re.compile(r"\*|\.?\w[\w.-]*|\[[0-9a-fA-F:.]+\]")
# Which traces OpenTelemetry records.
SAMPLERS = (
    "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
    "always_on", "always_off", "traceidratio",
)  # fmt: skip

# In seconds, but for the last, which is in milliseconds: without these, a connection whose packets are dropped looks
# alive for minutes. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
NETWORK_TIMEOUTS = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def require(given: dict[str, object]) -> None:
    """Raise one sentence made of all keys whose value is empty."""
    if missing := [sentence for sentence, value in given.items() if not value]:
        raise ImproperlyConfigured("; ".join(missing) + ".")


def secret(env: environ.Env, name: str) -> str:
    """Return the variable as it is. django-environ would read a value like $x as the variable x."""
    return env.ENVIRON.get(name, "")


def key_of_32_bytes(env: environ.Env, name: str) -> str:
    """Return the variable if it is empty or 32 bytes in base64url."""
    text = secret(env, name)
    try:
        size = len(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except ValueError:
        size = None
    if text and size != 32:
        raise ImproperlyConfigured(f"{name} must be 32 random bytes in base64url.")
    return text


def folder(env: environ.Env, name: str, default: Path) -> Path:
    """Return the folder that the variable names, made if it is missing, with no access for other users."""
    path = Path(env.str(name, "") or default).expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}: the folder {path} cannot be made ({error.strerror}); name one you can write to."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}: the folder {path} cannot be written to; name one you can write to.")
    return path


def read_or_create_secret_key(path: Path) -> str:
    """Return the secret key in this file. If there is none, make one that only its owner can read."""
    try:
        # Linking is atomic: two processes that start at once end up with the same key.
        if not path.exists():
            draft = path.with_name(f".{path.name}.{socket.gethostname()}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(SECRET_KEY_BYTES))
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text()
    except OSError as error:
        raise ImproperlyConfigured(f"The secret key {path} cannot be read or made ({error.strerror}).") from error


def is_local_host(host: str) -> bool:
    """Return whether the host is this machine: localhost, a loopback address, or the path of a Unix socket."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.startswith("/") or host.lower() == "localhost"


def is_local_broker(url: str) -> bool:
    """Return whether nothing but this machine is needed to reach the broker. Without a host, SQS is AWS's."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return is_local_host(parts.hostname) if parts.hostname else parts.scheme != "sqs"


def is_local_database(config: dict) -> bool:
    """Return whether the database is a file or a server on this machine."""
    if "sqlite" in config["ENGINE"]:
        return True
    options = config.get("OPTIONS", {})
    hosts = config.get("HOST") or options.get("host", "")  # without a host, libpq connects to a Unix socket
    is_named_elsewhere = "hostaddr" in options or "service" in options
    return not is_named_elsewhere and all(not host or is_local_host(host) for host in hosts.split(","))


def sqlite(path: str | Path) -> dict:
    """Return a database in one file that several threads and processes can write to without errors."""
    if path != ":memory:":
        # Made here to keep other users out: SQLite gives its other files the permissions of this one.
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # A transaction that reads first and writes later cannot wait for the lock: it fails at once with
            # "database is locked". One that takes the lock as it begins waits for its turn.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
        },
    }


def database(env: environ.Env, default: Path) -> dict:
    """Return the database of DATABASE_URL, or of DATABASE_HOST and its companions; else SQLite in ``default``."""
    if url := env.str("DATABASE_URL", ""):
        if url.split(":", 1)[0] not in {"postgres", "postgresql", "sqlite"}:
            raise ImproperlyConfigured(
                "DATABASE_URL must look like postgres://user:password@host:5432/name or sqlite:////folder/file."
            )
        try:
            config = environ.Env.db_url_config(url)
        except (ValueError, ImproperlyConfigured) as error:
            raise ImproperlyConfigured("DATABASE_URL cannot be read: is its port a number?") from error
        if "sqlite" in config["ENGINE"]:
            return sqlite(config["NAME"])
    elif host := env.str("DATABASE_HOST", ""):
        config = {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": host,
            "PORT": whole_number(env, "DATABASE_PORT", 5432, least=1, most=65535),
            "NAME": env.str("DATABASE_NAME", "taskoverflow"),
            "USER": env.str("DATABASE_USER", "taskoverflow"),
            "PASSWORD": secret(env, "DATABASE_PASSWORD"),
        }
    else:
        return sqlite(default)
    if not config.get("NAME"):
        raise ImproperlyConfigured("DATABASE_URL names no database: add /name at its end.")
    config["OPTIONS"] = NETWORK_TIMEOUTS | config.get("OPTIONS", {})
    persistent = {"ENGINE": "database.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    return config | persistent


def choice(env: environ.Env, name: str, choices: tuple[str, ...]) -> str:
    """Return the variable's value, which is one of ``choices``; the first is the default."""
    value = env.str(name, "") or choices[0]
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}, not {value!r}.")
    return value


def switch(env: environ.Env, name: str, default: bool) -> bool:
    """Return the variable as a boolean; refuse anything that is not clearly true or false."""
    text = env.str(name, "") or str(default)
    if (value := SWITCH.get(text.strip().lower())) is None:
        raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}.")
    return value


def host_names(env: environ.Env, name: str) -> list[str]:
    """Return the variable, host names separated by commas."""
    hosts = [part.strip() for part in env.str(name, "").split(",") if part.strip()]
    if wrong := [host for host in hosts if not HOST_NAME.fullmatch(host)]:
        raise ImproperlyConfigured(
            f"{name} must be names such as todo.example.org, without http:// and port, not {wrong[0]!r}."
        )
    return hosts


def whole_number(env: environ.Env, name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """Return the variable as a whole number within its bounds."""
    text = env.str(name, "") or str(default)
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)


def seconds(env: environ.Env, name: str, default: float, *, least: int = 0) -> float:
    """Return the variable as a number of seconds."""
    try:
        value = float(env.str(name, "") or default)
    except ValueError:
        value = -1
    if not least <= value < float("inf"):
        raise ImproperlyConfigured(f"{name} must be a number of seconds, {least} or more.")
    return value


def time_zone(env: environ.Env, name: str) -> str:
    """Return the variable, the name of a time zone; the default is UTC."""
    value = env.str(name, "") or "UTC"
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ImproperlyConfigured(
            f"{name} must be a time zone such as Australia/Brisbane, not {value!r}."
        ) from error
    return value


def rate(env: environ.Env, name: str, default: str) -> str | None:
    """Return the variable, a rate such as 10/minute, or None if it is off."""
    text = env.str(name, "") or default
    if text == "off":
        return None
    try:
        limits.parse(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must look like 10/minute or 100 per 2 hours, or be off.") from error
    return text


def networks(env: environ.Env, name: str) -> list[IPv4Network | IPv6Network]:
    """Return the variable, IP addresses and networks such as 10.0.0.0/8 separated by commas."""
    try:
        return [ip_network(part.strip()) for part in env.str(name, "").split(",") if part.strip()]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be addresses or networks such as 10.0.0.0/8: {error}.") from error


def url_origin(env: environ.Env, name: str) -> str:
    """Return the variable, an origin such as https://todo.example.org, without a slash at its end; or \"\"."""
    value = env.str(name, "").rstrip("/")
    if value and not value.startswith(("http://", "https://")):
        raise ImproperlyConfigured(f"{name} must begin with https:// or http://, not {value!r}.")
    return value


def traces_exporter(env: environ.Env) -> str:
    """Return where traces go, `otlp`, `console` or `none`, as OpenTelemetry's own variables say.

    Its library reads these and others itself, and overlooks what it does not understand: here they are checked.
    """
    endpoints = [
        url_origin(env, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        url_origin(env, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
    ]
    choices = ("otlp", "console", "none") if any(endpoints) else ("none", "otlp", "console")
    exporter = choice(env, "OTEL_TRACES_EXPORTER", choices)
    choice(env, "OTEL_EXPORTER_OTLP_PROTOCOL", ("http/protobuf",))
    if any("=" not in header for header in secret(env, "OTEL_EXPORTER_OTLP_HEADERS").split(",") if header):
        raise ImproperlyConfigured("OTEL_EXPORTER_OTLP_HEADERS must look like name=value,name=value.")
    sampler = choice(env, "OTEL_TRACES_SAMPLER", SAMPLERS)
    share = env.str("OTEL_TRACES_SAMPLER_ARG", "")
    if sampler.endswith("traceidratio") and not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", share, re.ASCII):
        raise ImproperlyConfigured("OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1.")
    return "none" if switch(env, "OTEL_SDK_DISABLED", False) else exporter
