"""A monkey types, presses keys, clicks, navigates and breaks the network at random. No text that it types may be lost.

Each text is saved at some time, or on the page, or waits in the browser to be sent, or was given up in a question.
MONKEY_STEPS and MONKEY_SEED choose another run:
`MONKEY_STEPS=2000 MONKEY_SEED=7 .venv/bin/python -m pytest tests/system/browser/test_monkey.py`.
"""

import contextlib
import os
import random
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Dialog, Error, Page

from calendars.models import Feed
from tests.factories import make_list, make_todo
from todos.models import Todo, TodoList
from todos.services import delete_todo, update_todo

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = int(os.environ.get("MONKEY_STEPS", "200"))
SEED = int(os.environ.get("MONKEY_SEED", "1"))
PATIENCE_SECONDS = 30  # for an answer that is under way
PATHS = ["/", "/?sort=title", "/calendar", "/trash", "/settings", "/feeds", "/todos/new"]
TYPED = ":is([name=title], [name=name], [name=description])"
KEYS = ["j", "k", "x", "e", "s", "b", "u", "n", "/", "Escape", "Tab", "Shift+Tab", "Space", "Enter", "Enter"]

# Everything that can be clicked, with its place on the screen; one is chosen by a number from 0 to 1.
CHOOSE = """([selector, chance]) => {
  const seen = [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility({visibilityProperty: true})
    && !one.disabled && !one.readOnly && !one.matches('[download], [target], [href^=webcal], [href*="/accounts/"]')
    && !one.textContent.includes("calendar file"));
  const one = seen[Math.floor(chance * seen.length)];
  if (!one) return null;
  one.scrollIntoView({block: "center"});
  const box = one.getBoundingClientRect();
  const editor = one.closest(".editing");
  return {
    x: box.x + box.width / 2, y: box.y + box.height / 2, name: one.outerHTML.slice(0, 160),
    isFull: one.maxLength > 0 && one.value.length + 8 > one.maxLength,
    editor: editor ? [...editor.querySelectorAll("input, textarea")].map((field) => field.value).join(" ") : "",
  };
}"""
# What is on the page, and what waits in the browser to be sent.
TEXTS = """async () => {
  const waiting = await new Promise((resolve) => {
    const request = indexedDB.open("taskoverflow");
    request.onupgradeneeded = () => request.transaction.abort(); // nothing has waited yet
    request.onerror = () => resolve([]);
    request.onsuccess = () => {
      const all = request.result.transaction("changes").objectStore("changes").getAll();
      all.onsuccess = () => {
        request.result.close();
        resolve(all.result);
      };
    };
  });
  return [...document.querySelectorAll("input, textarea")].map((field) => field.value).join(" ")
    + " " + document.body.innerText + " " + JSON.stringify(waiting);
}"""
FOCUSED_EDITOR = """() => {
  const editor = document.activeElement?.closest(".editing");
  return editor ? [...editor.querySelectorAll("input, textarea")].map((field) => field.value).join(" ") : "";
}"""


class Monkey:
    def __init__(self, page: Page, delays: dict[str, float], seed: int) -> None:
        self.page, self.delays, self.dice = page, delays, random.Random(seed)
        self.open: set[str] = set()  # texts that were typed, and neither saved nor given up
        self.count = self.saved = self.given_up = 0
        self.story: list[str] = []
        self.at_stake = ""  # what the editor held in which the last step took place
        self.is_offline = False
        self.latency = 0
        self.network = page.context.new_cdp_session(page)
        self.network.send("Network.enable")
        page.on("dialog", self.answer)

    def answer(self, dialog: Dialog) -> None:
        is_accepted = self.dice.random() < 0.2
        self.story.append(f"  {dialog.type} {dialog.message!r}: {'accept' if is_accepted else 'dismiss'}")
        if is_accepted:
            given_up = {text for text in self.open if dialog.type == "beforeunload" or text in self.at_stake}
            self.open -= given_up
            self.given_up += len(given_up)
            dialog.accept()
        else:
            dialog.dismiss()

    def step(self) -> None:
        actions = {
            self.type: 30,
            self.press: 30,
            self.click: 30,
            self.navigate: 4,
            self.change_network: 5,
            self.change_elsewhere: 3,
        }
        (action,) = self.dice.choices([*actions], [*actions.values()])
        self.at_stake = ""
        try:
            action()
        except Error as error:  # the page was left in the middle of the step, or a question was answered with no
            self.story.append(f"  {error.message.splitlines()[0]}")
        # Elsewhere a form leaves the page. Keys that are pressed on a page that is being left go nowhere, visibly.
        if urlsplit(self.page.url).path != "/":
            self.page.wait_for_timeout(3 * self.latency + 50)

    def choose(self, selector: str) -> dict | None:
        found = self.page.evaluate(CHOOSE, [selector, self.dice.random()])
        if found:
            self.at_stake = found["editor"]
        return found

    def type(self) -> None:
        field = self.choose(f"main form[method=post] {TYPED}, main form.edit [name=when]")
        if not field or field["isFull"]:
            return
        self.page.mouse.click(field["x"], field["y"])
        self.page.keyboard.press("Control+End")
        is_there = f"document.activeElement.matches('{TYPED}, .edit [name=when]')"
        if not self.page.evaluate(is_there):
            return  # something lies over it
        self.count += 1
        text = f"x{self.count}y"
        self.story.append(f"type {text} into {field['name']}")
        self.page.keyboard.type(text)
        self.open.add(text)
        if self.dice.random() < 0.4:
            self.page.keyboard.press("Enter")
            self.story.append("  and Enter")

    def press(self) -> None:
        key = self.dice.choice(KEYS)
        self.at_stake = self.page.evaluate(FOCUSED_EDITOR)
        is_typing = "document.activeElement.matches('input:not([type=checkbox]), textarea, select')"
        if (len(key) == 1 or key == "Space") and self.page.evaluate(is_typing):
            return
        self.story.append(f"press {key}")
        self.page.keyboard.press(key)

    def click(self) -> None:
        narrow = self.dice.random() < 0.7
        target = self.choose("main :is(a[href], button, summary, .pick), .toast button" if narrow else "a, button")
        if target:
            self.story.append(f"click {target['name']}")
            self.page.mouse.click(target["x"], target["y"])

    def navigate(self) -> None:
        where = self.dice.choice([*PATHS, "reload", "back", "forward"])
        code = {"reload": "location.reload()", "back": "history.back()", "forward": "history.forward()"}
        self.story.append(f"go {where}")
        self.page.evaluate(code.get(where, f"location.href = '{where}'"))
        self.page.wait_for_timeout(50)

    def change_network(self) -> None:
        self.settle()
        self.is_offline = self.dice.random() < 0.4
        latency = self.dice.choice([0, 0, 100, 300])
        self.story.append(f"network: {'offline' if self.is_offline else f'{latency} ms'}")
        self.set_network(latency)

    def set_network(self, latency: int = 0) -> None:
        self.latency = latency
        speed = {"latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
        self.network.send("Network.emulateNetworkConditions", {"offline": self.is_offline, **speed})

    def change_elsewhere(self) -> None:
        todo = Todo.objects.visible().order_by("?").first()
        if not todo or any(text in f"{todo.title} {todo.description}" for text in self.open):
            return
        if self.dice.random() < 0.3:
            self.story.append(f"elsewhere: delete {todo.pk}")
            delete_todo(todo_list=make_list(), todo_id=todo.pk)
        else:
            self.story.append(f"elsewhere: change {todo.pk}")
            update_todo(todo_list=make_list(), todo_id=todo.pk, changes={"completed": not todo.completed})

    def settle(self) -> None:
        """Wait for a page that is being loaded. Reload one that the browser shows instead: that sends a form again."""
        with contextlib.suppress(Error):
            self.page.wait_for_timeout(10)
            self.page.wait_for_load_state("load", timeout=5_000)
        if self.page.url.startswith("chrome-error"):
            self.story.append("reload the browser's error page")
            self.is_offline = False
            self.set_network()
            with contextlib.suppress(Error):
                self.page.reload()
            if self.page.url.startswith("chrome-error"):
                self.page.goto("/")

    def check(self) -> None:
        """Find each text that is not accounted for yet, or fail."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while missing := self.missing():
            if time.monotonic() > deadline:
                return self.fail(missing)
            self.settle()
            self.page.wait_for_timeout(30)
        return None

    def missing(self) -> set[str]:
        rows = [Todo.objects.values_list("title", "description"), Feed.objects.values_list("name")]
        stored = str([list(values) for values in [*rows, TodoList.objects.values_list("name")]])
        saved = {text for text in self.open if text in stored}
        self.saved += len(saved)
        self.open -= saved  # what is undone later was saved nevertheless
        try:
            shown = self.page.evaluate(TEXTS)
        except Error:
            return set(self.open)  # between two pages
        return {text for text in self.open if text not in shown}

    def fail(self, missing: set[str]) -> None:
        story = "\n".join(self.story[-40:])
        pytest.fail(f"MONKEY_SEED={SEED} MONKEY_STEPS={STEPS}: lost {sorted(missing)} on {self.page.url}\n{story}")


def test_no_text_of_a_monkey_is_lost(
    open_context: Callable[..., BrowserContext], delays: dict[str, float]
) -> None:
    for number in range(6):
        make_todo(f"Todo {number}", None if number % 2 else "2031-05-14")
    page = open_context().new_page()
    page.goto("/")
    page.set_default_timeout(5_000)
    monkey = Monkey(page, delays, SEED)
    started = time.monotonic()
    for _ in range(STEPS):
        monkey.step()
        monkey.settle()
        monkey.check()
    print(
        f"{STEPS} steps in {time.monotonic() - started:.0f} s: {monkey.count} texts, {monkey.saved} saved, "
        f"{monkey.given_up} given up in a question, {len(monkey.open)} still on the page"
    )
    assert monkey.count > STEPS / 10
