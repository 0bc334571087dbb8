"""What browsers ask for to install the pages as an app, and which pages they may keep."""

import json
import struct

import pytest
from django.contrib.auth.models import User
from django.test import Client

from todos.services import create_list

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("mode", ["open", "private"])
def test_manifest_names_icons_of_the_sizes_that_they_have(client: Client, settings: object, mode: str) -> None:
    settings.MODE = mode
    answer = client.get("/manifest.webmanifest")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/manifest+json", "no-cache")
    manifest = json.loads(answer.content)
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert "maskable" in {icon.get("purpose") for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        image = client.get(icon["src"])
        width, height = struct.unpack(">II", b"".join(image)[16:24])
        image.close()
        assert icon["sizes"] == f"{width}x{height}"
    page = client.get("/accounts/login")
    assert '<link rel="manifest" href="/manifest.webmanifest">' in page.text


@pytest.mark.parametrize("mode", ["open", "private"])
def test_service_worker_is_for_all_pages_and_never_out_of_date(
    client: Client, settings: object, mode: str
) -> None:
    settings.MODE = mode
    answer = client.get("/service-worker.js")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/javascript", "no-cache")
    assert 'const STATIC = "/static/";' in answer.text
    assert 'Number("1209600")' in answer.text  # the two weeks of a session


def test_browsers_may_keep_lists_and_nothing_else(client: Client, ada: User) -> None:
    other = create_list(user=ada, name="Other")
    for path in ("/", f"/lists/{other.pk}", "/today", "/upcoming"):
        answer = client.get(path)
        assert answer["X-Kept-For"] == str(ada.pk)
        assert answer["Cache-Control"] == "private, no-store"
    for path in ("/settings", "/feeds", "/trash", "/search", "/calendar", "/todos/new", "/labels", "/webhooks"):
        answer = client.get(path, follow=True)
        assert answer.status_code == 200 and not answer.has_header("X-Kept-For")
    client.logout()
    assert client.get("/")["X-Kept-For"] == "0"
