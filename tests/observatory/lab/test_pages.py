"""The lab's pages, and that there is nothing where the lab is not allowed."""

import os
import subprocess
import sys
from itertools import product

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from calendars.models import CalendarJob
from observability.events import Kind, record
from observatory import recorder
from observatory.lab.experiments import DEFINITIONS
from observatory.lab.tour import STEPS
from observatory.models import Experiment
from observatory.urls import urlpatterns
from tests.factories import make_user
from tests.project import ROOT
from tests.settings.test_production import PRODUCTION

pytestmark = pytest.mark.django_db

METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


def addresses() -> list[str]:
    found = [path for path in (str(one.pattern) for one in urlpatterns) if path.startswith(LAB)]
    return ["/" + path.replace("<int:experiment_id>", "1") for path in found]


LAB = ("machine/lab", "machine/queue", "machine/tour")


def start(client: Client, **values: object) -> str:
    response = client.post("/machine/lab", values)
    assert response.status_code == 302, response.content
    return response["Location"]


@pytest.mark.parametrize("name", list(DEFINITIONS))
def test_experiment_is_begun_and_shown(client: Client, name: str) -> None:
    address = start(client, kind=name)

    page = client.get(address).content.decode()
    assert DEFINITIONS[name].title in page
    assert "What happened" in page
    assert client.get(f"{address}/progress").status_code == 200


def test_numbers_are_checked(client: Client) -> None:
    response = client.post("/machine/lab", {"kind": "ask", "count": "501"})

    assert response.status_code == 422
    assert "less than or equal to 500" in response.content.decode()
    assert not Experiment.objects.exists()


@pytest.mark.parametrize("kind", ["", "nothing", "\0"])
def test_unknown_experiment_is_not_found(client: Client, kind: str) -> None:
    assert client.post("/machine/lab", {"kind": kind}).status_code == 404


def test_experiments_of_others_are_not_found(client: Client) -> None:
    address = start(client, kind="ask", count=1)

    client.force_login(make_user("ada"))
    assert client.get(address).status_code == 404
    assert client.get(f"{address}/progress").status_code == 404
    client.post("/machine/lab/remove")
    assert Experiment.objects.exists()


def test_whoever_began_an_experiment_sees_what_happens_in_it(client: Client) -> None:
    start(client, kind="ask", count=1)
    job, other = CalendarJob.objects.get(), Client()
    with recorder.recording():
        record(Kind.REQUEST, calendar_id=job.calendar_id, job_id=job.pk, revision=1)
    other.force_login(make_user("ada"))
    pages = [f"/machine/jobs/{job.pk}", f"/machine/calendars/{job.calendar_id}"]

    for reader, sees in ((client, True), (other, False)):
        assert ("An export was asked for, as new as revision" in reader.get("/machine").text) == sees
        assert (str(job.pk) in reader.get("/machine/jobs").text) == sees
        assert [reader.get(page).status_code for page in pages] == [200 if sees else 404] * 2


def test_buttons_put_right_and_remove(client: Client) -> None:
    start(client, kind="drop")
    assert Experiment.objects.live().exists()

    assert client.post("/machine/lab/right").status_code == 302
    assert not Experiment.objects.live().exists()
    assert client.post("/machine/lab/remove").status_code == 302
    assert not Experiment.objects.exists()


def test_tour_has_eight_steps(client: Client) -> None:
    page = client.get("/machine/tour").content.decode()

    assert len(STEPS) == 8
    assert page.count("<details>") == 8
    assert all(f'id="step-{number}"' in page for number in range(1, 9))


def test_queues_are_compared(client: Client) -> None:
    assert client.get("/machine/queue").status_code == 200
    page = client.post("/machine/queue").content.decode()

    assert "Out of order" in page


@pytest.mark.parametrize("mode", ["open", "private"])
@pytest.mark.parametrize("who", ["nobody", "somebody", "staff"])
def test_nothing_is_there_where_the_lab_is_off(mode: str, who: str, settings: object) -> None:
    experiment_address(settings)
    settings.LAB, settings.MODE = False, mode
    client = Client(enforce_csrf_checks=True)
    if who != "nobody":
        client.force_login(User.objects.create(username="x", is_staff=who == "staff", is_superuser=who == "staff"))

    seen = {
        (path, method): getattr(client, method)(path).status_code for path, method in product(addresses(), METHODS)
    }

    assert len(seen) > 40
    assert {case: status for case, status in seen.items() if status != 404} == {}


def experiment_address(settings: object) -> None:
    """Have an experiment with the id that the addresses name."""
    start(Client(), kind="ask", count=1)
    Experiment.objects.update(id=1)


def test_only_staff_use_the_lab_of_a_deployment(client: Client, settings: object) -> None:
    settings.DEPLOYED = True
    client.force_login(make_user("ada"))
    assert client.get("/machine/lab").status_code == 404

    client.force_login(User.objects.create(username="root", is_staff=True))
    assert client.get("/machine/lab").status_code == 200


def test_private_mode_asks_who_it_is(client: Client, settings: object) -> None:
    settings.MODE = "private"

    assert client.get("/machine/lab")["Location"].startswith(reverse("login"))


LAPTOP = {"DATABASE_URL": "", "BROKER_URL": "", "PUBLIC_URL": "", "ALLOWED_HOSTS": ""}


@pytest.mark.parametrize(
    ("deployment", "lab", "is_on"),
    [
        (PRODUCTION, "", False),
        (PRODUCTION, "auto", False),
        (PRODUCTION, "off", False),
        (PRODUCTION, "on", True),
        (LAPTOP, "", True),
        (LAPTOP, "off", False),
    ],
)
def test_faults_are_loaded_only_where_the_lab_is_on(deployment: dict[str, str], lab: str, is_on: bool) -> None:
    code = (
        "import dramatiq, django; django.setup()\n"
        "from background.sweep import FILTERS, STEPS; from calendars.builds.build import AFTER_CLAIM\n"
        "names = [type(one).__name__ for one in dramatiq.get_broker().middleware]\n"
        "print('Faults' in names, len(FILTERS), len(AFTER_CLAIM))\n"
        "print('delete_experiments' in [one.run.__name__ for one in STEPS])"
    )
    variables = deployment | {
        "LAB": lab,
        "TASKOVERFLOW_ENV_FILE": "",
        "DJANGO_SETTINGS_MODULE": "taskoverflow.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | variables, cwd=ROOT, capture_output=True, text=True
    )

    assert done.stdout.split() == [str(is_on), str(int(is_on)), str(int(is_on)), "True"], done.stderr
