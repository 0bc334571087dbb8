"""Sharing lists: who may do what, and how people become members and cease to be."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client

from accounts.user_data import delete_account, export_data
from calendars.feeds.services import create_feed, shown_token
from calendars.models import Feed
from tests.factories import make_list, make_todo, make_user, share
from todos.access import NotAllowed
from todos.models import Invitation, Membership, Todo, TodoList
from todos.services import (
    CannotShare,
    accept_invitation,
    accept_link,
    change_role,
    create_link,
    create_list,
    create_todo,
    decline_invitation,
    find_invitations,
    find_labels,
    find_list,
    find_lists,
    invite_user,
    leave_list,
    list_invitations,
    list_members,
    remove_member,
    revoke_invitation,
    transfer_ownership,
)
from todos.services import labels as label_services
from todos.services import sharing as sharing_services
from web.quotas import QuotaExceeded
from web.user_names import find_user

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def uni(ada: User) -> TodoList:
    return create_list(user=ada, name="Uni")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def membership(todo_list: TodoList, user: User) -> Membership:
    return Membership.objects.get(list=todo_list, user=user)


# --- Roles ---


def test_roles_decide_who_finds_a_list(ada: User, bob: User, uni: TodoList) -> None:
    stranger = make_user("eve")
    assert share(uni, bob, "viewer").role == "viewer"
    assert TodoList.objects.readable_by(bob).contains(uni)
    assert not TodoList.objects.changeable_by(bob).contains(uni)
    assert not TodoList.objects.owned_by(bob).contains(uni)
    change_role(todo_list=uni, membership_id=membership(uni, bob).pk, role="editor")
    assert TodoList.objects.changeable_by(bob).contains(uni)
    assert [one.name for one in find_lists(user=bob)] == ["Todos", "Uni"]
    for user in (stranger, AnonymousUser()):
        assert not TodoList.objects.readable_by(user).contains(uni)
        with pytest.raises(TodoList.DoesNotExist):
            find_list(user=user, list_id=uni.pk)


def test_a_shared_default_list_is_not_the_members_own(ada: User, bob: User) -> None:
    shared = share(make_list(ada), bob, "editor")
    create_todo(todo_list=shared, title="Ours")
    lists = find_lists(user=bob)
    assert [(one.owner_name, one.is_own_default, one.role) for one in lists] == [
        (None, True, "owner"),
        ("ada", False, "editor"),
    ]
    client = client_of(bob)
    assert client.get("/api/v1/todos").json() == []
    assert [todo["title"] for todo in client.get(f"/api/v1/lists/{shared.pk}/todos").json()] == ["Ours"]
    page = client.get(f"/lists/{shared.pk}").text
    assert f'action="/lists/{shared.pk}/todos/new"' in page
    assert 'action="/todos/new"' not in page


WRITES = {
    "create": ("post", "todos", {"title": "New"}),
    "update": ("put", "todos/{todo}", {"title": "New"}),
    "same": ("put", "todos/{todo}", {"title": "Essay"}),
    "delete": ("delete", "todos/{todo}", None),
    "restore": ("post", "todos/{gone}/restore", None),
    "bulk": ("post", "todos/bulk", {"items": [{"id": 1, "action": "delete"}]}),
}


@pytest.mark.parametrize("write", WRITES)
def test_viewers_change_no_todo_and_editors_do(ada: User, bob: User, uni: TodoList, write: str) -> None:
    share(uni, bob, "viewer")
    todo, gone = create_todo(todo_list=uni, title="Essay"), create_todo(todo_list=uni, title="Gone")
    Todo.objects.filter(pk=gone.pk).update(deleted_at=datetime.now(UTC))
    before = list(Todo.objects.order_by("pk").values())
    method, path, body = WRITES[write]
    url = f"/api/v1/lists/{uni.pk}/{path}".format(todo=todo.pk, gone=gone.pk)

    def answer_to(user: User) -> tuple[int, dict]:
        answer = getattr(client_of(user), method)(url, body, JSON)
        return answer.status_code, answer.json()

    assert answer_to(bob) == (403, {"error": "You can view this list but not change it."})
    assert list(Todo.objects.order_by("pk").values()) == before
    assert answer_to(make_user("eve"))[0] == 404
    change_role(todo_list=uni, membership_id=membership(uni, bob).pk, role="editor")
    assert answer_to(bob)[0] in {200, 201}


OF_OWNERS = {
    "rename": ("put", "", {"name": "Mine"}),
    "archive": ("put", "", {"archived": True}),
    "delete": ("delete", "", None),
    "invite": ("post", "/members", {"name": "eve", "role": "viewer"}),
    "link": ("post", "/invitations", {"role": "editor"}),
    "invitations": ("get", "/invitations", None),
    "role": ("put", "/members/{member}", {"role": "editor"}),
    "remove": ("delete", "/members/{other}", None),
    "transfer": ("post", "/members/{member}/transfer-ownership", None),
}


@pytest.mark.parametrize("role", ["viewer", "editor"])
@pytest.mark.parametrize("what", OF_OWNERS)
def test_what_only_the_owner_may(bob: User, uni: TodoList, what: str, role: str) -> None:
    share(uni, bob, role)
    share(uni, make_user("cy"), "viewer")
    method, path, body = OF_OWNERS[what]
    other = Membership.objects.get(user__username="cy").pk
    url = f"/api/v1/lists/{uni.pk}{path}".format(member=membership(uni, bob).pk, other=other)
    before = [list(model.objects.order_by("pk").values()) for model in (TodoList, Membership, Invitation)]
    answer = getattr(client_of(bob), method)(url, body, JSON)
    assert (answer.status_code, answer.json()) == (403, {"error": "Only the list’s owner can do this."})
    assert [list(model.objects.order_by("pk").values()) for model in (TodoList, Membership, Invitation)] == before
    assert getattr(client_of(make_user("eve")), method)(url, body, JSON).status_code == 404


def test_move_needs_both_lists(ada: User, bob: User, uni: TodoList) -> None:
    readable, own = share(uni, bob, "viewer"), make_list(bob)
    mine, theirs = create_todo(todo_list=own, title="Mine"), create_todo(todo_list=uni, title="Theirs")
    client = client_of(bob)

    def move(source: int, todo: Todo, target: int) -> list[int]:
        body = {"items": [{"id": todo.pk, "action": "move", "list_id": target}]}
        answer = client.post(f"/api/v1/lists/{source}/todos/bulk", body, JSON)
        return [answer.status_code, *(result["status"] for result in answer.json().get("results", []))]

    assert move(own.pk, mine, readable.pk) == [200, 403]
    assert move(readable.pk, theirs, own.pk) == [403]
    assert move(own.pk, mine, create_list(user=ada, name="Hidden").pk) == [200, 404]
    change_role(todo_list=uni, membership_id=membership(uni, bob).pk, role="editor")
    assert move(own.pk, mine, readable.pk) == [200, 200]
    assert move(readable.pk, theirs, own.pk) == [200, 200]
    assert Todo.objects.get(pk=mine.pk).list_id == uni.pk
    assert Todo.objects.get(pk=theirs.pk).list_id == own.pk


def test_who_changed_a_todo_last_is_visible(ada: User, bob: User, uni: TodoList) -> None:
    share(uni, bob, "editor")
    url = f"/api/v1/lists/{uni.pk}/todos"
    theirs = client_of(bob).post(url, {"title": "New"}, JSON).json()
    assert theirs["changed_by"] == "bob"
    owner = client_of(ada)
    assert [todo["changed_by"] for todo in owner.get(url).json()] == ["bob"]
    assert [todo["changed_by"] for todo in owner.get(f"{url}?limit=5").json()] == ["bob"]
    assert owner.get(f"{url}/{theirs['id']}").json()["changed_by"] == "bob"
    assert "changed by" not in owner.get(f"/lists/{uni.pk}").text  # he added it
    client_of(bob).put(f"{url}/{theirs['id']}", {"title": "Newer"}, JSON)
    assert "changed by bob" in owner.get(f"/lists/{uni.pk}").text
    assert "changed by bob" not in client_of(bob).get(f"/lists/{uni.pk}").text
    assert owner.put(f"{url}/{theirs['id']}", {"completed": True}, JSON).json()["changed_by"] == "ada"
    client_of(bob).post(f"{url}/bulk", {"items": [{"id": theirs["id"], "action": "reopen"}]}, JSON)
    assert Todo.objects.get().changed_by == bob
    assert owner.put(f"{url}/{theirs['id']}", {"changed_by": "eve"}, JSON).status_code == 400
    delete_account(bob)
    assert owner.get(f"{url}/{theirs['id']}").json()["changed_by"] is None


def test_todo_that_was_changed_without_signing_in_names_nobody(client: Client) -> None:
    item = {"id": make_todo("Open").pk, "action": "complete"}
    assert client.post("/api/v1/todos/bulk", {"items": [item]}, JSON).status_code == 200
    assert Todo.objects.get().changed_by_id is None


def test_default_lists_todos_stay_as_the_contract_has_them(ada: User) -> None:
    todo = client_of(ada).post("/api/v1/todos", {"title": "New"}, JSON).json()
    assert "changed_by" not in todo
    assert "changed_by" not in client_of(ada).get("/api/v1/todos").json()[0]


def test_etag_of_a_list_changes_with_the_role(bob: User, uni: TodoList) -> None:
    share(uni, bob, "viewer")
    client, url = client_of(bob), f"/api/v1/lists/{uni.pk}"
    first = client.get(url)
    assert first.json()["role"] == "viewer"
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    change_role(todo_list=uni, membership_id=membership(uni, bob).pk, role="editor")
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).json()["role"] == "editor"


# --- Invitations ---


def test_invitation_by_name_is_accepted(ada: User, bob: User, uni: TodoList) -> None:
    answer = client_of(ada).post(f"/api/v1/lists/{uni.pk}/members", {"name": "bob", "role": "editor"}, JSON)
    assert answer.status_code == 201
    assert list_members(uni) == []
    client = client_of(bob)
    (invitation,) = client.get("/api/v1/invitations").json()
    assert (invitation["list_name"], invitation["owner"], invitation["role"]) == ("Uni", "ada", "editor")
    accepted = client.post(f"/api/v1/invitations/{invitation['id']}/accept").json()
    assert (accepted["id"], accepted["role"], accepted["default"]) == (uni.pk, "editor", False)
    assert client.get("/api/v1/invitations").json() == []
    assert client_of(ada).get(f"/api/v1/lists/{uni.pk}/members").json()[0]["name"] == "bob"


def test_invitation_of_nobody_looks_the_same(ada: User, bob: User, uni: TodoList) -> None:
    url = f"/api/v1/lists/{uni.pk}/members"
    answers = [client_of(ada).post(url, {"name": name, "role": "viewer"}, JSON) for name in ("bob", "nobody")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json().keys() == answers[1].json().keys()
    listed = client_of(ada).get(f"/api/v1/lists/{uni.pk}/invitations").json()
    assert [one["name"] for one in listed] == ["bob", "nobody"]
    # Whoever takes the name later is somebody else.
    assert find_invitations(make_user("nobody")) == []


def test_nobody_else_accepts_or_declines(bob: User, uni: TodoList) -> None:
    invitation = invite_user(todo_list=uni, user_name="bob", role="viewer")
    eve = client_of(make_user("eve"))
    for action in ("accept", "decline"):
        assert eve.post(f"/api/v1/invitations/{invitation.pk}/{action}").status_code == 404
    assert Client().post(f"/api/v1/invitations/{invitation.pk}/accept").status_code == 401
    assert Invitation.objects.count() == 1
    decline_invitation(user=bob, invitation_id=invitation.pk)
    assert (Invitation.objects.count(), list_members(uni)) == (0, [])


def test_link_is_for_everybody_until_it_is_revoked(ada: User, bob: User, uni: TodoList) -> None:
    answer = client_of(ada).post(f"/api/v1/lists/{uni.pk}/invitations", {"role": "viewer", "days": 1}, JSON).json()
    assert answer["url"].endswith(f"/invitations/link/{answer['token']}")
    assert not Invitation.objects.filter(token_hash=answer["token"]).exists()
    joined = client_of(bob).post("/api/v1/invitations/link", {"token": answer["token"]}, JSON)
    assert (joined.status_code, joined.json()["role"]) == (200, "viewer")
    listed = client_of(ada).get(f"/api/v1/lists/{uni.pk}/invitations").json()
    assert [one.keys() & {"token", "url"} for one in listed] == [set()]
    revoke_invitation(todo_list=uni, invitation_id=answer["id"])
    eve = client_of(make_user("eve"))
    assert eve.post("/api/v1/invitations/link", {"token": answer["token"]}, JSON).status_code == 404
    assert [member.user for member in list_members(uni)] == [bob]


def test_expired_invitations_count_no_more(bob: User, uni: TodoList) -> None:
    invite_user(todo_list=uni, user_name="bob", role="viewer")
    _, token = create_link(todo_list=uni, role="viewer")
    Invitation.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert find_invitations(bob) == list_invitations(uni) == []
    with pytest.raises(Invitation.DoesNotExist):
        accept_link(user=bob, token=token)
    invite_user(todo_list=uni, user_name="bob", role="editor")
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("how", ["removed", "made a viewer"])
def test_no_invitation_from_before_brings_a_member_back(bob: User, uni: TodoList, how: str) -> None:
    share(uni, bob, "editor")
    _, token = create_link(todo_list=uni, role="editor")
    named = invite_user(todo_list=uni, user_name="bob", role="editor")
    others = invite_user(todo_list=uni, user_name="cy", role="editor")
    pk = membership(uni, bob).pk
    if how == "removed":
        remove_member(todo_list=uni, membership_id=pk)
    else:
        change_role(todo_list=uni, membership_id=pk, role="viewer")
        leave_list(todo_list=find_list(user=bob, list_id=uni.pk))
    with pytest.raises(Invitation.DoesNotExist):
        accept_link(user=bob, token=token)
    with pytest.raises(Invitation.DoesNotExist):
        accept_invitation(user=bob, invitation_id=named.pk)
    assert list_invitations(uni) == [others]


def test_who_leaves_can_come_back_by_the_same_link(bob: User, uni: TodoList) -> None:
    _, token = create_link(todo_list=uni, role="viewer")
    leave_list(todo_list=accept_link(user=bob, token=token) and find_list(user=bob, list_id=uni.pk))
    assert accept_link(user=bob, token=token) == uni


def test_members_leave_room_for_the_labels_of_the_owner(
    ada: User, bob: User, uni: TodoList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_services, "MAX_LABELS_BY_MEMBERS", 2)
    as_bob = share(uni, bob, "editor")
    create_todo(todo_list=as_bob, title="a", labels=("x", "y"))
    with pytest.raises(QuotaExceeded):
        create_todo(todo_list=as_bob, title="b", labels=("z",))
    create_todo(todo_list=as_bob, title="c", labels=("x",))
    create_todo(todo_list=uni, title="d", labels=("z",))


def test_transfer_spells_labels_as_the_new_owner_does(bob: User, uni: TodoList) -> None:
    create_todo(todo_list=make_list(bob), title="mine", labels=("UNI",))
    todo = create_todo(todo_list=uni, title="essay", labels=("uni", "new"))
    revision = TodoList.objects.get(pk=uni.pk).revision
    share(uni, bob, "editor")
    transfer_ownership(todo_list=uni, membership_id=membership(uni, bob).pk)
    todo.refresh_from_db()
    assert todo.labels == ("UNI", "new")
    assert (todo.revision, todo.sequence) == (revision + 1, 1)
    assert {label.name for label in find_labels(user=bob)} == {"UNI", "new"}


def test_member_who_follows_a_link_stays_as_they_are(ada: User, bob: User, uni: TodoList) -> None:
    share(uni, bob, "editor")
    _, token = create_link(todo_list=uni, role="viewer")
    accept_link(user=bob, token=token)
    assert membership(uni, bob).role == "editor"
    with pytest.raises(CannotShare):
        accept_link(user=ada, token=token)


def test_open_list_cannot_be_shared() -> None:
    url = f"/api/v1/lists/{make_list().pk}"
    for path, body in (("members", {"name": "bob", "role": "viewer"}), ("invitations", {"role": "viewer"})):
        answer = Client().post(f"{url}/{path}", body, JSON)
        assert answer.status_code == 409
        assert "open list" in answer.json()["error"]
    assert not Invitation.objects.exists()


def test_limits(ada: User, bob: User, uni: TodoList, monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    monkeypatch.setattr(sharing_services, "MAX_INVITATIONS", 2)
    monkeypatch.setattr(sharing_services, "MAX_MEMBERS", 1)
    _, token = create_link(todo_list=uni, role="viewer")
    create_link(todo_list=uni, role="viewer")
    with pytest.raises(QuotaExceeded, match="2 invitations"):
        create_link(todo_list=uni, role="viewer")
    accept_link(user=bob, token=token)
    with pytest.raises(QuotaExceeded, match="1 members"):
        accept_link(user=make_user("cy"), token=token)
    settings.MAX_LISTS = 1
    with pytest.raises(QuotaExceeded, match="1 lists shared with you"):
        accept_link(user=bob, token=create_link(todo_list=make_list(ada), role="viewer")[1])


def test_shared_lists_do_not_count_as_own(bob: User, uni: TodoList, settings: object) -> None:
    settings.MAX_LISTS = 2
    share(uni, bob)
    create_list(user=bob, name="Mine")
    with pytest.raises(QuotaExceeded):
        create_list(user=bob, name="One more")


# --- Ceasing to be a member ---


def lose(todo_list: TodoList, bob: User, how: str) -> None:
    pk = membership(todo_list, bob).pk
    if how == "removed":
        remove_member(todo_list=todo_list, membership_id=pk)
    elif how == "left":
        leave_list(todo_list=find_list(user=bob, list_id=todo_list.pk))
    elif how == "left by the API":
        assert client_of(bob).delete(f"/api/v1/lists/{todo_list.pk}/members/{pk}").status_code == 204


@pytest.mark.parametrize("how", ["removed", "left", "left by the API"])
def test_who_loses_a_list_loses_every_way_in(bob: User, uni: TodoList, how: str) -> None:
    shared = share(uni, bob, "editor")
    todo = create_todo(todo_list=uni, title="Essay")
    create_feed(todo_list=uni, name="Owner's")
    feed = create_feed(todo_list=shared, name="Bob's")
    address, client = f"/calendars/{shown_token(feed)}.ics", client_of(bob)
    job = client.post(f"/api/v1/lists/{uni.pk}/todos/ical").json()["task_id"]
    assert client.get(address).status_code == 200
    lose(uni, bob, how)
    assert Client().get(address).status_code == 404
    assert [one.name for one in Feed.objects.all()] == ["Owner's"]
    for path in (f"lists/{uni.pk}", f"lists/{uni.pk}/todos", f"lists/{uni.pk}/todos/{todo.pk}"):
        assert client.get(f"/api/v1/{path}").status_code == 404
    assert client.get(f"/api/v1/todos/ical/{job}/status").status_code == 404
    assert client.get(f"/lists/{uni.pk}").status_code == 404
    assert "Uni" not in client.get("/upcoming").text
    with pytest.raises(TodoList.DoesNotExist):  # by what was read before
        create_todo(todo_list=shared, title="Too late")
    assert list(Todo.objects.all()) == [todo]


def test_owner_cannot_leave(ada: User, uni: TodoList) -> None:
    with pytest.raises(NotAllowed, match="transfer its ownership"):
        leave_list(todo_list=uni)


def test_feeds_are_each_members_own(ada: User, bob: User, uni: TodoList) -> None:
    shared = share(uni, bob, "viewer")
    create_feed(todo_list=uni, name="Owner's")
    create_feed(todo_list=shared, name="Bob's")
    Feed.objects.filter(name="Owner's").update(created_by=None)  # as the release before creates it
    for user, own in ((ada, "Owner's"), (bob, "Bob's")):
        client = client_of(user)
        for url in ("/api/v1/feeds", f"/api/v1/lists/{uni.pk}/feeds"):
            assert [feed["name"] for feed in client.get(url).json()] == [own]
        page = client.get(f"/lists/{uni.pk}/feeds").text
        assert [name in page for name in ("Owner&#x27;s", "Bob&#x27;s")] == [user == ada, user == bob]
        other = Feed.objects.exclude(name=own).get()
        url = f"/api/v1/lists/{uni.pk}/feeds/{other.pk}"
        assert client.get(url).status_code == 404
        for method, path in (("put", ""), ("delete", ""), ("post", "/rotate")):
            assert getattr(client, method)(url + path, {"name": "x"}, content_type=JSON).status_code == 404
    assert Feed.objects.count() == 2


def test_feed_of_a_disabled_member_answers_nobody(bob: User, uni: TodoList) -> None:
    feed = create_feed(todo_list=share(uni, bob), name="Bob's")
    address = f"/calendars/{shown_token(feed)}.ics"
    assert Client().get(address).status_code == 200
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert Client().get(address).status_code == 404


def test_deleted_account_leaves_the_lists_of_others(ada: User, bob: User, uni: TodoList) -> None:
    shared = share(uni, bob, "editor")
    create_feed(todo_list=shared, name="Bob's")
    todo = create_todo(todo_list=shared, title="Bob's")
    mine = create_list(user=bob, name="Bob's own")
    share(mine, ada, "editor")
    assert "1 of your lists is shared" in client_of(bob).get("/accounts/delete").text
    delete_account(bob)
    assert (Membership.objects.count(), Feed.objects.count()) == (0, 0)
    assert list(Todo.objects.all()) == [todo]
    assert [one.name for one in find_lists(user=ada)] == ["Todos", "Uni"]


def test_export_has_memberships_but_no_todos_of_others(ada: User, bob: User, uni: TodoList) -> None:
    create_feed(todo_list=share(uni, bob, "editor"), name="Bob's")
    create_todo(todo_list=uni, title="Essay")
    data = export_data(bob)
    (shared,) = data["shared_lists"]
    assert (shared["list"]["name"], shared["role"]) == ("Uni", "editor")
    assert [feed["name"] for feed in shared["feeds"]] == ["Bob's"]
    assert "Essay" not in str(data)
    (other,) = export_data(ada)["other_lists"]
    assert (other["members"], other["feeds"]) == ([{"name": "bob", "role": "editor"}], [])


# --- Transfer of ownership ---


def test_ownership_is_transferred(ada: User, bob: User, uni: TodoList) -> None:
    share(uni, bob, "viewer")
    feed = create_feed(todo_list=uni, name="Ada's")
    Feed.objects.update(created_by=None)
    _, token = create_link(todo_list=uni, role="editor")
    transfer_ownership(todo_list=uni, membership_id=membership(uni, bob).pk)
    assert find_list(user=bob, list_id=uni.pk).role == "owner"
    assert find_list(user=ada, list_id=uni.pk).role == "editor"
    assert [member.user for member in list_members(uni)] == [ada]
    assert client_of(bob).get(f"/api/v1/lists/{uni.pk}/feeds").json() == []
    assert [one["name"] for one in client_of(ada).get("/api/v1/feeds").json()] == ["Ada's"]
    with pytest.raises(Invitation.DoesNotExist):
        accept_link(user=make_user("eve"), token=token)
    with pytest.raises(NotAllowed):
        list_invitations(find_list(user=ada, list_id=uni.pk))
    remove_member(todo_list=find_list(user=bob, list_id=uni.pk), membership_id=membership(uni, ada).pk)
    assert Client().get(f"/calendars/{shown_token(feed)}.ics").status_code == 404
    with pytest.raises(TodoList.DoesNotExist):  # as it was read when it was hers
        create_todo(todo_list=uni, title="Too late")
    assert [one.name for one in find_lists(user=ada)] == ["Todos"]


def test_default_list_stays_with_its_owner(ada: User, bob: User) -> None:
    default = make_list(ada)
    share(default, bob, "editor")
    pk = membership(default, bob).pk
    answer = client_of(ada).post(f"/api/v1/lists/{default.pk}/members/{pk}/transfer-ownership")
    assert answer.status_code == 409
    assert "transfer your default list" in answer.json()["error"]
    assert make_list(ada) == default


def test_nobody_gets_more_lists_than_they_may_have(bob: User, uni: TodoList, settings: object) -> None:
    share(uni, bob)
    make_list(bob)
    settings.MAX_LISTS = 1
    with pytest.raises(CannotShare, match="bob has reached the limit"):
        transfer_ownership(todo_list=uni, membership_id=membership(uni, bob).pk)
    assert find_list(user=bob, list_id=uni.pk).role == "viewer"


def test_requests_are_limited(ada: User, uni: TodoList, settings: object) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"invitations": "1/hour"}
    client, body = client_of(ada), {"name": "bob", "role": "viewer"}
    statuses = [client.post(f"/api/v1/lists/{uni.pk}/members", body, JSON).status_code for _ in range(2)]
    assert statuses == [201, 429]


BAD = [
    {"role": "owner"}, {"role": "boss"}, {}, {"role": "viewer", "name": ""}, {"role": "viewer", "name": "x" * 151},
    {"role": "viewer", "days": 0}, {"role": "viewer", "days": 31}, {"role": "viewer", "list": 1},
    {"role": "viewer", "token": "x"}, {"role": None}, {"role": "viewer", "name": None},
]  # fmt: skip


@pytest.mark.parametrize("body", BAD)
def test_bad_invitations_are_refused(ada: User, uni: TodoList, body: dict) -> None:
    answer = client_of(ada).post(f"/api/v1/lists/{uni.pk}/invitations", body, JSON)
    assert answer.status_code == 400
    assert not Invitation.objects.exists()


def test_accepting_twice_is_one_membership(bob: User, uni: TodoList) -> None:
    invitation = invite_user(todo_list=uni, user_name="bob", role="viewer")
    accept_invitation(user=bob, invitation_id=invitation.pk)
    with pytest.raises(Invitation.DoesNotExist):
        accept_invitation(user=bob, invitation_id=invitation.pk)
    assert Membership.objects.count() == 1


def test_invitation_reaches_a_name_in_any_case(uni: TodoList, bob: User) -> None:
    for typed in ("Bob", "BOB", "bob"):
        invitation = invite_user(todo_list=uni, user_name=typed, role="viewer")
        assert find_invitations(bob) == [invitation]
    assert uni.invitations.count() == 1


def test_invitation_in_another_case_looks_the_same_whether_there_is_such_a_user_or_not(
    uni: TodoList, bob: User
) -> None:
    there, missing = (invite_user(todo_list=uni, user_name=name, role="viewer") for name in ("BOB", "NOBODY"))
    assert (there.shown_name, missing.shown_name) == ("bob", "nobody")
    for name in ("Bob", "NoBody"):
        invite_user(todo_list=uni, user_name=name, role="viewer")
    assert uni.invitations.count() == 2


def test_names_that_differ_by_case_alone_are_told_apart(uni: TodoList, bob: User) -> None:
    capital = User.objects.create(username="Bob")
    invitation = invite_user(todo_list=uni, user_name="Bob", role="viewer")
    assert (find_invitations(capital), find_invitations(bob)) == ([invitation], [])
    invite_user(todo_list=uni, user_name="BOB", role="viewer")
    assert (find_invitations(capital), find_invitations(bob)) == ([], [])


def test_other_forms_of_letters_tell_nothing_either(uni: TodoList, bob: User) -> None:
    for typed, shown in (("ｂｏｂ", "bob"), ("ｎｏｂｏｄｙ", "nobody")):
        assert invite_user(todo_list=uni, user_name=typed, role="viewer").shown_name == shown
    invite_user(todo_list=uni, user_name="ｂｏｂ", role="editor")
    assert [one.role for one in find_invitations(bob)] == ["editor"]


def test_name_with_a_dotless_i_is_another_one(uni: TodoList) -> None:
    User.objects.create(username="bıll")
    assert find_user("bill") is None
    assert find_user("x" * 100_000) is None


@pytest.mark.parametrize("name", ["ada", "Ada"])
def test_nobody_invites_themselves(uni: TodoList, name: str) -> None:
    with pytest.raises(CannotShare, match="That is you"):
        invite_user(todo_list=uni, user_name=name, role="viewer")
    assert not uni.invitations.exists()


def test_lower_role_ends_only_invitations_to_more(uni: TodoList, bob: User) -> None:
    share(uni, bob, "editor")
    viewers, _ = create_link(todo_list=uni, role="viewer")
    _, token = create_link(todo_list=uni, role="editor")
    member = change_role(todo_list=uni, membership_id=uni.memberships.get().pk, role="viewer")
    assert member.ended_invitations == 1
    assert list(uni.invitations.all()) == [viewers]
    with pytest.raises(Invitation.DoesNotExist):
        accept_link(user=bob, token=token)
