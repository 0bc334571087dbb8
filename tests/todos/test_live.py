"""What open pages are told of lists, and who is told nothing."""

import json
import re

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_list, make_todo, make_user, share
from todos.live import Watched, read_states, state_of
from todos.models import Membership, TodoList
from todos.services import (
    archive_list,
    create_filter,
    create_list,
    create_todo,
    find_list,
    find_lists,
    remove_member,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def uni(ada: User) -> TodoList:
    return create_list(user=ada, name="Uni")


@pytest.fixture
def bob() -> User:
    return make_user("bob")


def of_list(user: User, todo_list: TodoList) -> Watched:
    return Watched(user.pk or 0, todo_list.pk, "")


def of_all(user: User) -> Watched:
    return Watched(user.pk, None, "")


def state(watched: Watched) -> str | None:
    seen = read_states({watched}).get(watched)
    return seen and seen.state


def test_change_changes_the_state_of_its_list_alone(ada: User, uni: TodoList) -> None:
    own, other = of_list(ada, uni), of_list(ada, make_list(ada))
    before = read_states({own, other})
    create_todo(todo_list=uni, title="Milk")
    after = read_states({own, other})
    assert after[own].state != before[own].state
    assert after[other] == before[other]
    assert after[own].numbers == {uni.pk}


def test_state_is_what_pages_make_of_the_same_lists(ada: User, uni: TodoList) -> None:
    create_todo(todo_list=uni, title="Milk")
    assert state(of_list(ada, uni)) == state_of([find_list(user=ada, list_id=uni.pk)])
    assert state(of_all(ada)) == state_of(find_lists(user=ada))


def test_open_list_can_be_watched_by_everybody() -> None:
    watched = Watched(0, make_list().pk, "")
    before = state(watched)
    make_todo("Milk")
    assert before != state(watched) != None  # noqa: E711


def test_overview_follows_lists_that_come_and_go(ada: User, uni: TodoList, bob: User) -> None:
    states = [state(of_all(ada))]
    theirs = share(create_list(user=bob, name="Flat"), ada)
    states.append(state(of_all(ada)))
    create_todo(todo_list=find_list(user=bob, list_id=theirs.pk), title="Milk")
    states.append(state(of_all(ada)))
    archive_list(todo_list=uni)
    states.append(state(of_all(ada)))
    create_list(user=ada, name="New")
    states.append(state(of_all(ada)))
    assert len(set(states)) == len(states)
    assert states[-1] == state_of(one for one in find_lists(user=ada) if not one.archived_at)


def test_search_follows_archived_lists_too(ada: User, uni: TodoList) -> None:
    archive_list(todo_list=uni)
    search, overview = Watched(ada.pk, None, "", has_archived=True), of_all(ada)
    before = read_states({search, overview})
    create_todo(todo_list=make_list(ada), title="Milk")
    after = read_states({search, overview})
    assert search in after
    assert after[search].state != before[search].state
    changed = find_list(user=ada, list_id=uni.pk)
    TodoList.objects.filter(pk=uni.pk).update(revision=changed.revision + 1)
    last = read_states({search, overview})
    assert last[search].state == state_of(find_lists(user=ada)) != after[search].state
    assert last[overview] == after[overview]


def test_restore_of_a_backup_changes_the_state(ada: User, uni: TodoList) -> None:
    before = state(of_list(ada, uni))
    TodoList.objects.filter(pk=uni.pk).update(epoch=uni.epoch + 1)
    assert state(of_list(ada, uni)) != before


def test_stranger_sees_nothing(ada: User, uni: TodoList, bob: User) -> None:
    make_list(ada)
    seen = read_states(
        {of_list(bob, uni), Watched(0, uni.pk, ""), of_list(bob, make_list(ada)), of_list(ada, uni)}
    )
    assert {*seen} == {of_list(ada, uni)}


def test_member_sees_nothing_once_removed(ada: User, uni: TodoList, bob: User) -> None:
    share(uni, bob)
    make_list(bob)
    assert state(of_list(bob, uni)) == state(of_list(ada, uni))
    everything = state(of_all(bob))
    remove_member(todo_list=uni, membership_id=Membership.objects.get(user=bob).pk)
    create_todo(todo_list=uni, title="Secret")
    assert state(of_list(bob, uni)) is None
    assert state(of_all(bob)) not in {None, everything}


def test_deleted_list_is_gone(ada: User, uni: TodoList) -> None:
    watched = of_list(ada, uni)
    uni.delete()
    assert state(watched) is None


def test_session_that_has_ended_sees_nothing(ada: User, uni: TodoList, client: Client) -> None:
    client.force_login(ada)
    watched = Watched(ada.pk, uni.pk, client.session.session_key)
    assert state(watched)
    client.logout()
    assert state(watched) is None


def test_session_that_has_expired_sees_nothing(ada: User, uni: TodoList, client: Client) -> None:
    client.force_login(ada)
    watched = Watched(ada.pk, uni.pk, client.session.session_key)
    Session.objects.update(expire_date="2026-01-01T00:00:00Z")
    assert state(watched) is None


def test_any_number_of_pages_take_one_query(ada: User, uni: TodoList, bob: User) -> None:
    share(uni, bob)
    pages = {of_list(ada, uni), of_list(bob, uni), of_all(ada), of_all(bob), Watched(ada.pk, uni.pk, "x")}
    read_states(pages)  # prepares it
    with CaptureQueriesContext(connection) as queries:
        assert len(read_states(pages)) == 4
    assert len(queries) == 1


# --- The address that pages open ---


def shown(answer: HttpResponse) -> str:
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/event-stream"), answer.content[:200]
    assert re.match(rb"retry: \d+\nid: (\S+)\ndata: ", answer.content), answer.content
    event = json.loads(answer.content.partition(b"data: ")[2])
    assert event["spread"] == 0
    return event["state"]


def test_event_says_what_the_page_shows(ada: User, uni: TodoList, client: Client) -> None:
    client.force_login(ada)
    for page, events in (("/", "/todos/events"), (f"/lists/{uni.pk}", f"/lists/{uni.pk}/todos/events")):
        assert f'data-state="{shown(client.get(events))}"' in client.get(page).text
    for page in ("/today", "/upcoming"):
        assert f'data-state="{shown(client.get("/lists/events"))}"' in client.get(page).text
    archive_list(todo_list=uni)
    for page in (
        "/search",
        "/search?q=milk",
        f"/filters/{create_filter(user=ada, name='Open', query='is:open').pk}",
    ):
        assert f'data-state="{shown(client.get("/search/events"))}"' in client.get(page).text


def test_event_reaches_no_cache_and_no_buffer(client: Client) -> None:
    answer = client.get("/todos/events")
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Accel-Buffering"] == "no"


@pytest.mark.parametrize("address", ["/lists/{}/todos/events", "/lists/events", "/search/events"])
def test_events_need_a_session(uni: TodoList, client: Client, address: str) -> None:
    answer = client.get(address.format(uni.pk))
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login")


def test_list_of_others_does_not_exist(uni: TodoList, bob: User, client: Client) -> None:
    client.force_login(bob)
    assert client.get(f"/lists/{uni.pk}/todos/events").status_code == 404


def test_page_of_a_session_that_has_ended_does_not_watch_the_open_list(ada: User, client: Client) -> None:
    assert client.get(f"/todos/events?owner={ada.pk}").status_code == 403
    assert client.get("/todos/events?owner=0").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_events_can_only_be_read(ada: User, client: Client, method: str) -> None:
    client.force_login(ada)
    assert getattr(client, method)("/todos/events").status_code == 405


# --- Refreshing ---


def test_refresh_brings_no_messages(ada: User, client: Client) -> None:
    """They wait for the page that they are meant for."""
    client.force_login(ada)
    client.post("/todos/new", {"title": "Milk"})
    headers = {"HX-Request": "true", "X-Live": "true", "X-List-Owner": str(ada.pk)}
    assert "Added" not in client.get("/", headers=headers).text
    assert "Added" in client.get("/").text


def test_refresh_after_a_session_has_ended_brings_no_other_list(ada: User, client: Client) -> None:
    make_todo("Of everybody")
    headers = {"HX-Request": "true", "X-Live": "true", "X-List-Owner": str(ada.pk)}
    answer = client.get("/", headers=headers)
    assert answer.status_code == 403
    assert "Of everybody" not in answer.text


def test_change_brings_the_state_that_it_made(ada: User, client: Client) -> None:
    """So that the page is not shown again because of its own change."""
    client.force_login(ada)
    for page, events in (("/", "/todos/events"), ("/today", "/lists/events"), ("/search?q=m", "/search/events")):
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
        answer = client.post("/todos/new", {"title": "Milk"}, headers=headers)
        assert f'data-state="{shown(client.get(events))}"' in answer.text


def test_change_of_the_open_list_brings_the_state_that_it_made(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
    answer = client.post("/todos/new", {"title": "Milk"}, headers=headers)
    assert f'data-state="{shown(client.get("/todos/events"))}"' in answer.text
