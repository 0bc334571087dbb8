"""How late reminders are: many due within one minute, real workers, and a real mail server.

python -m benchmarks.reminders --count 10000 --seconds 60 --workers 2

Prints how long after their moments the mail server had them: half of them, 99 of 100, and all. And how much processor
time of the workers each took. Everything runs on this machine, the mail server too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
LEAD_SECONDS = 10  # from the last of the preparations to the first moment
GRACE_SECONDS = 120
SERVER = """
import re, sys, time
from aiosmtpd.controller import Controller

class Box:
    async def handle_DATA(self, server, session, envelope):
        found = re.search(rb"^Subject: Todo (\\d+)", envelope.content, re.MULTILINE)
        print(found[1].decode() if found else "?", time.time(), flush=True)
        return "250 OK"

controller = Controller(Box(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
sys.stdin.read()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--of-users", type=int, default=1_000)
    options = parser.parse_args()
    from tests.processes import free_port
    from tests.services import start_postgres

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port = free_port()
        arrivals = stack.enter_context((folder / "arrivals").open("w+"))
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(port)], stdin=subprocess.PIPE, stdout=arrivals
        )
        stack.callback(server.terminate)
        url = stack.enter_context(start_postgres()).url
        environment = os.environ | {
            "DATABASE_URL": url,
            "TASKOVERFLOW_DATA": str(folder),
            "TASKOVERFLOW_ENV_FILE": "",
            "EMAIL_URL": f"smtp://127.0.0.1:{port}",
            "PUBLIC_URL": "https://todos.example.org",
            "TASKOVERFLOW_SECRET_KEY": "benchmark",
            "MAX_REMINDER_MAILS_PER_HOUR": str(options.count),
        }
        run(environment, "migrate", "-v0")
        filled = run(environment, "shell", "-v0", "-c", fill(options))
        first = json.loads(filled.splitlines()[-1])
        code = "from threading import Event; from reminders.sender import Sender; Sender().run(Event())"
        workers = []
        for _ in range(options.workers):
            worker = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "-v0", "-c", code], cwd=ROOT, env=environment
            )
            stack.callback(worker.wait)
            stack.callback(worker.terminate)
            workers.append(psutil.Process(worker.pid))
        report(folder / "arrivals", first, options, workers)


def run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


def fill(options: argparse.Namespace) -> str:
    """Return the code that makes users, their lists and todos, and times spread evenly over the seconds."""
    return f"""
from datetime import datetime, timedelta, UTC
from django.contrib.auth.models import User
from reminders.models import DueReminder, Reminder, ReminderSettings
from todos.models import Todo, TodoList
count, seconds, users = {options.count}, {options.seconds}, {options.of_users}
User.objects.bulk_create(User(username=f"u{{n}}", email=f"u{{n}}@example.org") for n in range(users))
ReminderSettings.objects.bulk_create(
    ReminderSettings(user=user, confirmed_email=user.email) for user in User.objects.all()
)
TodoList.objects.bulk_create(TodoList(default_owner=user) for user in User.objects.order_by("pk"))
lists = list(TodoList.objects.order_by("pk"))
now = datetime.now(UTC)
kept = {{"revision": 0, "created_at": now, "updated_at": now}}
Todo.objects.bulk_create((Todo(list=lists[n % users], title=f"Todo {{n}}", **kept) for n in range(count)), 5_000)
first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds={LEAD_SECONDS} + count / 1_000)
at = lambda n: first + timedelta(milliseconds=int(n * seconds * 1000 / count))
todos = list(Todo.objects.order_by("pk").values_list("pk", "list__default_owner"))
Reminder.objects.bulk_create(
    (Reminder(user_id=user, todo_id=pk, kind="moment", moment=at(n)) for n, (pk, user) in enumerate(todos)), 5_000
)
ms = lambda n: int(at(n).timestamp() * 1000)
DueReminder.objects.bulk_create(
    (DueReminder(user_id=user, todo_id=pk, due_at_ms=ms(n)) for n, (pk, user) in enumerate(todos)), 5_000
)
print(first.timestamp())
"""


def report(arrivals: Path, first: float, options: argparse.Namespace, workers: list[psutil.Process]) -> None:
    time.sleep(max(0, first - time.time()))
    before, end = processor_seconds(workers), first + options.seconds + GRACE_SECONDS
    while time.time() < end and arrivals.read_bytes().count(b"\n") < options.count:
        time.sleep(1)
    spent = processor_seconds(workers) - before
    found: dict[int, float] = {}
    doubled = 0
    for line in arrivals.read_text().splitlines():
        number, arrived = line.split()
        doubled += int(number) in found
        found.setdefault(int(number), float(arrived) - first - int(number) * options.seconds / options.count)
    late = sorted(found.values())
    print(f"{len(late)} of {options.count} sent, {doubled} twice; load {os.getloadavg()[0]:.1f}")
    print(f"{spent / options.count * 1000:.1f} ms of processor time of the workers for each")
    if late:
        print(
            f"earliest {late[0]:.2f} s, half within {late[len(late) // 2]:.2f} s, "
            f"99 of 100 within {late[int(len(late) * 0.99)]:.2f} s, all within {late[-1]:.2f} s"
        )


def processor_seconds(processes: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    main()
