"""A class that asks at once, while somebody keeps changing the list."""

import itertools
import re
import threading

import pytest
from django.db import connection
from django.test import Client

from calendars.models import Calendar, CalendarJob, JobStatus
from tests.factories import make_list, make_todo
from todos.models import Todo
from todos.services import update_todo

JOBS = 500
TODOS = 1_000
CLIENTS = 8
CHANGE_SECONDS = 0.05


@pytest.mark.django_db(transaction=True)
def test_burst_of_jobs_costs_few_builds_and_each_file_holds_what_came_before(workers, wait_for):
    first = make_todo("change 0")
    now, revision = first.created_at, first.revision
    Todo.objects.bulk_create(
        Todo(
            list=first.list,
            title=f"todo {n}",
            deadline=now,
            deadline_kind="instant",
            created_at=now,
            updated_at=now,
            revision=revision,
        )
        for n in range(TODOS - 1)
    )
    committed = 0
    asked: dict[str, int] = {}
    turns = iter(range(JOBS))
    done = threading.Event()

    def change() -> None:
        nonlocal committed
        for number in itertools.count(1):
            if done.wait(CHANGE_SECONDS):
                break
            update_todo(todo_list=make_list(), todo_id=first.pk, changes={"title": f"change {number}"})
            committed = number
        connection.close()

    def ask() -> None:
        client = Client()
        for _ in turns:
            before = committed
            response = client.post("/api/v1/todos/ical")
            assert response.status_code == 202, response.content
            asked[response.json()["task_id"]] = before
        connection.close()

    changing = threading.Thread(target=change)
    asking = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in (changing, *asking):
        thread.start()
    for thread in asking:
        thread.join()
    wait_for(lambda: not CalendarJob.objects.waiting().exists(), seconds=60)
    done.set()
    changing.join()

    assert len(asked) == JOBS
    assert CalendarJob.objects.filter(status=JobStatus.SUCCESS).count() == JOBS
    shown = {}
    for job in CalendarJob.objects.select_related("file").iterator():
        if job.file_id not in shown:
            shown[job.file_id] = int(re.search(rb"SUMMARY:change (\d+)", bytes(job.file.body))[1])
        assert shown[job.file_id] >= asked[str(job.pk)]
    builds = Calendar.objects.get().build_count
    assert 0 < builds < JOBS / 4
