"""Query parameters that a call of the API does not know."""

import re
from uuid import UUID

import pytest
import yaml
from django.test import Client

from tests.factories import make_todo, make_user
from tests.project import ROOT

pytestmark = pytest.mark.django_db

JSON = "application/json"
METHODS = ("get", "post", "put", "patch", "delete")
OPEN = {"/api/v1/health", "/api/v1/ready", "/api/v1/schema"}  # their parameters, if any, are not of data
THESE = re.compile(r"these are: ([\w, ]+)\.$")


def fill(path: str, parameters: list[dict]) -> str:
    """Return an address of this form, of nothing that exists."""
    for one in parameters:
        if one["in"] == "path":
            path = path.replace(
                f"{{{one['name']}}}", str(UUID(int=7)) if one["schema"].get("format") == "uuid" else "7"
            )
    return path


def test_every_call_refuses_what_the_schema_does_not_have(client: Client) -> None:
    client.force_login(make_user("ada"))
    seen, wrong = 0, {}
    for path, operations in yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())["paths"].items():
        for method, operation in operations.items():
            if method not in METHODS or path in OPEN:
                continue
            parameters = operation.get("parameters", [])
            known = {one["name"] for one in parameters if one["in"] == "query"}
            answer = getattr(client, method)(
                f"{fill(path, parameters)}?wndow=7&format=json", content_type="application/json"
            )
            sentence = (
                (answer.json().get("fields") or {}).get("wndow", [""])[0] if answer.status_code == 400 else ""
            )
            named = THESE.search(sentence)
            if not sentence or (set(named[1].split(", ")) if named else set()) != known:
                wrong[f"{method} {path}"] = (answer.status_code, sentence)
            seen += 1
    assert not wrong
    assert seen > 60


def test_unknown_parameter_changes_nothing_and_comes_after_signing_in(client: Client, settings: object) -> None:
    todo = make_todo("Essay")
    assert client.delete(f"/api/v1/todos/{todo.pk}?force=1").status_code == 400
    assert client.get(f"/api/v1/todos/{todo.pk}?format=json").json()["title"] == "Essay"
    page = client.get("/api/v1/todos?limit=10", headers={"Accept": "text/html"})
    assert 'name="_content"' in page.text  # the form for a new todo
    posted = client.post("/api/v1/todos?limit=10", {"title": "Walk"}, JSON, headers={"Accept": "text/html"})
    assert posted.status_code == 201
    assert client.post("/api/v1/todos?limit=10", {"title": "Walk"}, JSON).status_code == 400
    assert client.options("/api/v1/todos?anything=1").status_code == 200
    assert client.put("/api/v1/todos?anything=1").status_code == 405
    settings.MODE = "private"
    assert client.get("/api/v1/todos?wndow=7").status_code == 401
