"""The OpenAPI document: the checked-in file matches the code and is complete."""

import yaml
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

from tests.project import ROOT

DOCUMENT = ROOT / "docs" / "openapi.yaml"


def test_checked_in_document_is_up_to_date() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    rendered = OpenApiYamlRenderer().render(schema, renderer_context={}).decode()
    assert DOCUMENT.read_text().strip() == rendered.strip(), "run `make schema` and commit docs/openapi.yaml"


def test_every_operation_documents_its_errors() -> None:
    paths = yaml.safe_load(DOCUMENT.read_text())["paths"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            statuses = set(operation["responses"])
            assert any(status.startswith("2") for status in statuses), f"{method} {path}"
            if "requestBody" in operation:
                assert {"400", "413", "415"} <= statuses, f"{method} {path}"
            if "{" in path:
                assert "404" in statuses, f"{method} {path}"


def test_download_is_a_calendar_file() -> None:
    result = yaml.safe_load(DOCUMENT.read_text())["paths"]["/api/v1/todos/ical/{job_id}/result"]["get"]
    assert list(result["responses"]["200"]["content"]) == ["text/calendar"]


def test_schema_is_served_to_anybody(client: Client, settings: object) -> None:
    settings.MODE = "private"
    answer = client.get("/api/v1/schema", headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 200
    assert yaml.safe_load(answer.content)["openapi"].startswith("3.1")
