"""The pages of the lab and the tour."""

from http import HTTPStatus

import dramatiq
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from brokers.comparison import MESSAGES, SECONDS, ComparisonError, compare, comparing
from observatory.access import for_lab
from observatory.lab import experiments
from observatory.lab.experiments import DEFINITIONS
from observatory.lab.forms import ExperimentForm
from observatory.lab.results import result_of
from observatory.lab.tour import STEPS
from observatory.models import Experiment
from todos.access import user_id
from web.admission import Slots
from web.rate_limits import limited

RECENT = 10
# Each takes a thread of the web server for some seconds.
COMPARISONS = Slots(1)


@for_lab
@require_http_methods(["GET", "HEAD", "POST"])
@limited("jobs")
def show_lab(request: HttpRequest) -> HttpResponse:
    """Show the experiments, or begin one."""
    forms = {name: ExperimentForm(definition) for name, definition in DEFINITIONS.items()}
    status = HTTPStatus.OK
    if request.method == "POST":
        name = request.POST.get("kind", "")
        if name not in DEFINITIONS:
            raise Http404
        form = forms[name] = ExperimentForm(DEFINITIONS[name], request.POST)
        if form.is_valid():
            numbers = {key: form.cleaned_data.get(key) for key in ("count", "seconds")}
            experiment = experiments.start(DEFINITIONS[name], user_id=_reader(request), **numbers)
            return redirect("observatory:experiment", experiment.pk)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    own = Experiment.objects.of_user(_reader(request))
    context = {
        "forms": forms.values(),
        "recent": own.order_by("-pk")[:RECENT],
        "breaking": own.live().count(),
    }
    return render(request, "observatory/lab.html", context, status=status)


@for_lab
@require_safe
def show_experiment(request: HttpRequest, experiment_id: int) -> HttpResponse:
    return render(request, "observatory/experiment.html", _context(request, experiment_id))


@for_lab
@require_safe
def show_progress(request: HttpRequest, experiment_id: int) -> HttpResponse:
    """Render the part of an experiment's page that changes."""
    return render(request, "observatory/includes/result.html", _context(request, experiment_id))


@for_lab
@require_POST
def put_all_right(request: HttpRequest) -> HttpResponse:
    ended = experiments.put_right(list(Experiment.objects.of_user(_reader(request))))
    messages.success(request, gettext("Everything is put right.") if ended else gettext("Nothing was broken."))
    return redirect("observatory:lab")


@for_lab
@require_POST
def remove_all(request: HttpRequest) -> HttpResponse:
    count = experiments.remove(list(Experiment.objects.of_user(_reader(request))))
    text = ngettext(
        "Removed %(count)s experiment with everything they left.",
        "Removed %(count)s experiments with everything they left.",
        count,
    )
    messages.success(request, text % {"count": count})
    return redirect("observatory:lab")


@for_lab
@require_safe
def show_tour(request: HttpRequest) -> HttpResponse:
    steps = [(step, step.kind and ExperimentForm(DEFINITIONS[step.kind], place="tour-")) for step in STEPS]
    return render(request, "observatory/tour.html", {"steps": steps})


@for_lab
@require_http_methods(["GET", "HEAD", "POST"])
@limited("jobs")
def show_queue(request: HttpRequest) -> HttpResponse:
    """Show what the broker in use has, and send numbered messages through two queues of it."""
    broker = dramatiq.get_broker()
    context: dict[str, object] = {"lacks": comparing(broker).lacks, "count": MESSAGES, "seconds": SECONDS}
    status = HTTPStatus.OK
    if request.method == "POST":
        try:
            with COMPARISONS.taken():
                context["trials"] = compare(broker)
        except ComparisonError as error:
            context["error"] = str(error)
            status = HTTPStatus.BAD_GATEWAY
    return render(request, "observatory/queue.html", context, status=status)


def _reader(request: HttpRequest) -> int | None:
    """Return whose experiments the request is about; those of everybody who is not signed in have no user."""
    return user_id(request.user) or None


def _context(request: HttpRequest, experiment_id: int) -> dict[str, object]:
    experiment = Experiment.objects.of_user(_reader(request)).filter(pk=experiment_id).first()
    if experiment is None:
        raise Http404
    return {
        "experiment": experiment,
        "definition": DEFINITIONS[experiment.kind],
        "expected": experiments.describe(experiment),
        "result": result_of(experiment),
    }
