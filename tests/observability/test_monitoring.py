"""The alerts and the dashboard ask for nothing that `/metrics` does not show."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_network

import promql_parser
import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from calendars.builds.build import Outcome, build_calendar
from calendars.models import Calendar, JobStatus
from followers.delivery import DELIVERIES
from followers.models import Follower
from followers.topics.metrics import EVENTS
from followers.webhooks.services import create_webhook
from observability.metrics import REJECTIONS, SPANS
from tests.factories import make_feed, make_job, make_list, make_todo, make_user
from tests.project import ROOT

pytestmark = pytest.mark.django_db
ALERTS = ROOT / "docs" / "alerts.yml"
DASHBOARD = ROOT / "monitoring" / "grafana" / "dashboards" / "taskoverflow.json"
# The values of labels that expressions compare with.
VALUES = {
    ("taskoverflow_jobs", "status"): set(JobStatus.values),
    ("taskoverflow_job_seconds", "status"): {JobStatus.SUCCESS, JobStatus.FAILURE},
    ("taskoverflow_build_seconds", "outcome"): {outcome.name.lower() for outcome in Outcome},
    ("taskoverflow_request_seconds", "status"): {"200", "503"},
    ("taskoverflow_feed_answers", "status"): {"200", "304", "503"},
    ("taskoverflow_spans", "outcome"): {"exported", "lost"},
}


@pytest.fixture
def shown(client: Client, settings: object) -> dict[str, set[str]]:
    """The names that `/metrics` shows after something of everything has happened, each with its labels."""
    settings.METRICS_ALLOWED, settings.ALLOW_PRIVATE_TARGETS = [ip_network("127.0.0.0/8")], True
    make_todo()
    make_job()
    build_calendar(Calendar.objects.get().pk)
    client.get(f"/calendars/{make_feed().token}.ics")
    client.get("/api/v1/todos")
    user = make_user()
    create_webhook(user=user, todo_list=make_list(user), url="http://127.0.0.1:9/")
    Follower.objects.update(failing_since=datetime.now(UTC))
    for counter, labels in ((DELIVERIES, 2), (EVENTS, 1), (REJECTIONS, 1), (SPANS, 1)):
        counter.labels(*["some"] * labels)
    shown: dict[str, set[str]] = defaultdict(set)
    for family in text_string_to_metric_families(client.get("/metrics").content.decode()):
        for sample in family.samples:
            shown[sample.name] |= sample.labels.keys()
    return shown


def panels() -> list[dict]:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def rules() -> list[dict]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return group["rules"]


def expressions() -> list[str]:
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + [expr.replace("$__rate_interval", "1m") for expr in asked]


def walk(expr: object, grouped: frozenset[str] = frozenset()) -> Iterator[tuple[object, frozenset[str]]]:
    """Yield each selector of a parsed expression, with the labels that aggregations around it keep."""
    match expr:
        case promql_parser.VectorSelector():
            yield expr, grouped
        case promql_parser.MatrixSelector():
            yield expr.vector_selector, grouped
        case promql_parser.AggregateExpr():
            yield from walk(expr.expr, grouped | set(expr.modifier.labels if expr.modifier else []))
        case promql_parser.Call():
            for argument in expr.args:
                yield from walk(argument, grouped)
        case promql_parser.BinaryExpr():
            yield from walk(expr.lhs, grouped)
            yield from walk(expr.rhs, grouped)
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from walk(expr.expr, grouped)
        case _:
            assert isinstance(expr, promql_parser.NumberLiteral), expr


def test_there_is_something_to_check() -> None:
    assert (len(rules()), len(panels())) == (11, 19)
    found = [selector for expr in expressions() for selector, _ in walk(promql_parser.parse(expr))]
    assert len(found) >= len(expressions())


def test_expressions_use_metrics_and_labels_that_are_shown(shown: dict[str, set[str]]) -> None:
    for expr in expressions():
        for selector, grouped in walk(promql_parser.parse(expr)):
            assert selector.name in shown, expr
            assert grouped <= shown[selector.name], expr
            for matcher in selector.matchers.matchers:
                assert matcher.name in shown[selector.name], expr
                known = VALUES[re.sub("_(total|count|sum|bucket)$", "", selector.name), matcher.name]
                assert [value for value in known if re.fullmatch(matcher.value, value)], expr


def test_alerts_say_what_is_wrong_and_what_to_do() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_panels_have_titles_and_legends_of_labels_that_are_kept() -> None:
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        for target in panel["targets"]:
            expr = promql_parser.parse(target["expr"].replace("$__rate_interval", "1m"))
            kept = frozenset().union(*(grouped for _, grouped in walk(expr)))
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= kept


def test_panels_do_not_overlap() -> None:
    taken = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_dashboard_and_configuration_name_the_same_sources() -> None:
    provisioned = yaml.safe_load(
        (ROOT / "monitoring/grafana/provisioning/datasources/datasources.yml").read_text()
    )
    known = {source["uid"] for source in provisioned["datasources"]}
    used = {panel["datasource"]["uid"] for panel in panels()}
    assert used | {target["datasource"]["uid"] for panel in panels() for target in panel["targets"]} <= known
