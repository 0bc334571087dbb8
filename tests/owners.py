"""People with accounts, tokens, feeds and todos, who know servers of any release by their URLs alone."""

import http.client
import json
import re
import secrets
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from urllib.parse import urlsplit

FEEDS = [{"completed": "all"}, {"completed": "all", "components": "both", "alarm_minutes": 15}]


@dataclass
class Owner:
    """Somebody with a list; what is in ``todos`` and ``kept`` was answered with a success."""

    name: str
    browser: urllib.request.OpenerDirector
    token: str
    feeds: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    todos: dict[int, str] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)  # titles that nobody changes or deletes


def call(url: str, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json"} | headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def api(url: str, owner: Owner, method: str, path: str, body: object = None) -> dict | list:
    status, data = call(url, method, f"/api/v1/{path}", body, Authorization=f"Bearer {owner.token}")
    assert status < 300, f"{url} answered {status} to {method} {path}: {data[:500]!r}"
    return json.loads(data)


def read(url: str, path: str, **headers: str) -> bytes:
    status, data = call(url, "GET", path, **headers)
    assert status == 200, f"{url} answered {status} to GET {path}: {data[:500]!r}"
    assert data.startswith(b"BEGIN:VCALENDAR\r\n") and data.endswith(b"END:VCALENDAR\r\n"), data[:100]
    return data


def make_owner(name: str, url: str) -> Owner:
    """Sign up in a browser, and make a token and feeds."""
    cookies = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    page = f"{url}/accounts/sign-up"
    browser.open(page).close()

    def csrf_token() -> str:
        return next(cookie.value for cookie in cookies if cookie.name == "csrftoken")

    password = secrets.token_urlsafe()
    form = {"username": name, "password1": password, "password2": password, "csrfmiddlewaretoken": csrf_token()}
    browser.open(page, urllib.parse.urlencode(form).encode()).close()
    request = urllib.request.Request(
        f"{url}/api/v1/tokens",
        json.dumps({"name": "script", "scope": "write"}).encode(),
        {"Content-Type": "application/json", "X-CSRFToken": csrf_token()},
    )
    with browser.open(request) as response:
        owner = Owner(name, browser, json.load(response)["token"])
    for number, options in enumerate(FEEDS):
        feed = api(url, owner, "POST", "feeds", {"name": f"Feed {number}", "options": options})
        owner.feeds.append(urlsplit(feed["url"]).path)
    return owner


def job_file(url: str, owner: Owner, job: str) -> bytes:
    return read(url, f"/api/v1/todos/ical/{job}/result", Authorization=f"Bearer {owner.token}")


def add_todo(url: str, owner: Owner, title: str) -> None:
    body = {"title": title, "deadline_at": "2026-12-01T18:00:00"}
    owner.todos[api(url, owner, "POST", "todos", body)["id"]] = title


def entries(body: bytes) -> list[bytes]:
    """The events and todos of a file: its first lines may differ from release to release."""
    return re.findall(rb"BEGIN:(?:VEVENT|VTODO)\r\n.*?END:(?:VEVENT|VTODO)\r\n", body, re.DOTALL)
