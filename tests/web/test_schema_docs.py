"""The page that shows the schema, and the schema itself, with every method."""

import pytest
from django.test import Client

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "accept", ["text/html", "application/json", "application/vnd.oai.openapi", "*/*", "image/png"]
)
@pytest.mark.parametrize("path", ["/api/v1/schema", "/api/v1/schema/docs"])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_an_answer(client: Client, method: str, path: str, accept: str) -> None:
    status = client.generic(method, path, headers={"Accept": accept}).status_code
    assert status in ({200, 406} if method in {"GET", "HEAD", "OPTIONS"} else {405, 406, 403, 411})


@pytest.mark.django_db
def test_options_of_the_page_describe_it(client: Client) -> None:
    answer = client.options("/api/v1/schema/docs", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "GET" in answer["Allow"]
