"""A single-page client on another port in a real browser. Its static server proxies `/api`."""

import contextlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.project import start_web

CLIENT = Path(__file__).parent / "single_page_client"


class StaticServer(SimpleHTTPRequestHandler):
    """Serves a folder, and proxies /api to the application with the browser's Host header."""

    def __init__(self, *arguments: object, api: str) -> None:
        self.api = api
        super().__init__(*arguments, directory=str(CLIENT))

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        request = urllib.request.Request(self.api + self.path, body, headers, method=self.command)
        try:
            answer = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = pass_on

    def do_GET(self) -> None:
        self.pass_on() if self.path.startswith("/api/") else super().do_GET()

    def log_message(self, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def static_server(api: str) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(StaticServer, api=api)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_single_page_client_lists_creates_ticks_and_deletes(browser: Browser) -> None:
    with start_web(DATABASE_URL="", BROKER_URL="") as web, static_server(web.url) as url:
        page = browser.new_context(timezone_id="Australia/Brisbane").new_page()
        sent = []
        page.on("request", lambda request: sent.append((request.method, request.post_data)))
        page.goto(url)
        page.get_by_label("Title").fill("Ship it")
        page.get_by_label("Deadline").fill("2026-11-20T14:30")
        page.get_by_role("button", name="Add").click()
        todo = page.get_by_role("listitem")
        expect(todo).to_contain_text("Ship it 2026-11-20T04:30:00 open")
        assert ("POST", '{"title":"Ship it","deadline_at":"2026-11-20 04:30:00.000"}') in sent

        todo.get_by_role("checkbox").click()
        expect(todo).to_contain_text("done")
        page.reload()
        expect(todo.get_by_role("checkbox")).to_be_checked()

        todo.get_by_role("button", name="Delete").click()
        expect(todo).to_have_count(0)
        page.reload(wait_until="networkidle")
        expect(todo).to_have_count(0)
