"""Pages of a shared list: each role sees what it may do, and no more."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import make_list, make_user, share
from todos.deadlines import parse_deadline
from todos.models import Invitation, Membership, TodoList
from todos.services import (
    archive_list,
    change_role,
    create_link,
    create_list,
    create_todo,
    delete_todo,
    find_list,
    invite_user,
    remove_member,
)

pytestmark = pytest.mark.django_db
DUE = parse_deadline("2026-12-01")
WRITES = re.compile(r'<button|method="post"')


@pytest.fixture
def uni(ada: User) -> TodoList:
    uni = create_list(user=ada, name="Uni", color="blue")
    create_todo(todo_list=uni, title="Essay", due=DUE)
    delete_todo(todo_list=uni, todo_id=create_todo(todo_list=uni, title="Gone").pk)
    return uni


@pytest.fixture
def bob() -> User:
    return make_user("bob")


@pytest.fixture
def bobs(bob: User) -> Client:
    client = Client()
    client.force_login(bob)
    return client


def main_of(text: str) -> str:
    return text[text.index("<main") : text.index("</main>")]


def test_list_is_shared_by_name(client: Client, bobs: Client, uni: TodoList) -> None:
    answer = client.post(f"/lists/{uni.pk}/share", {"user_name": "bob", "role": "editor"}, follow=True)
    assert "If there is a user “bob”" in answer.text
    assert "Pending invitations" in answer.text
    page = bobs.get("/").text
    assert 'href="/invitations"' in page
    invitation = Invitation.objects.get()
    assert "Uni" in bobs.get("/invitations").text
    answer = bobs.post(f"/invitations/{invitation.pk}/accept", follow=True)
    assert answer.redirect_chain == [(f"/lists/{uni.pk}", 302)]
    assert "You joined “Uni”" in answer.text
    assert "Shared with you" in answer.text
    assert 'href="/invitations"' not in answer.text
    assert bobs.post(f"/lists/{uni.pk}/todos/new", {"title": "Milk"}).status_code == 302
    assert "changed by" not in client.get(f"/lists/{uni.pk}").text  # he added it
    milk = uni.todos.get(title="Milk")
    assert bobs.post(f"/lists/{uni.pk}/todos/{milk.pk}/complete").status_code == 302
    assert "changed by bob" in client.get(f"/lists/{uni.pk}").text


def test_invitation_is_declined(client: Client, bobs: Client, uni: TodoList) -> None:
    invitation = invite_user(todo_list=uni, user_name="bob", role="viewer")
    assert "declined" in bobs.post(f"/invitations/{invitation.pk}/decline", follow=True).text
    assert not Invitation.objects.exists() and not Membership.objects.exists()


def test_link_is_shown_once_and_brings_people_back_after_sign_in(client: Client, bob: User, uni: TodoList) -> None:
    page = client.post(f"/lists/{uni.pk}/share/link", {"role": "viewer", "days": "7"}, follow=True).text
    address = re.search(r"/invitations/link/[\w-]{43}", page)[0]
    assert address not in client.get(f"/lists/{uni.pk}/share").text
    browser = Client()
    answer = browser.get(address)
    assert answer["Location"] == f"/accounts/login?next={address}"
    assert f"/accounts/sign-up?next={address}" in browser.get(answer["Location"]).text
    login = {"username": "bob", "password": "correct horse battery staple", "next": address}
    answer = browser.post("/accounts/login", login, follow=True)
    assert "Join “Uni”" in answer.text
    assert "As a viewer, you can see everything" in answer.text
    assert browser.post(address)["Location"] == f"/lists/{uni.pk}"
    assert find_list(user=bob, list_id=uni.pk).role == "viewer"
    assert browser.get("/invitations/link/" + "x" * 43).status_code == 404


def test_who_signs_up_comes_back_to_the_link(uni: TodoList) -> None:
    _, token = create_link(todo_list=uni, role="viewer")
    address, browser = f"/invitations/link/{token}", Client()
    form = {"username": "cy", "password1": "a fine passphrase", "password2": "a fine passphrase"}
    assert browser.post(f"/accounts/sign-up?next={address}", form | {"next": address})["Location"] == address
    browser.logout()
    evil = form | {"username": "di", "next": "//evil.example/x"}
    assert browser.post("/accounts/sign-up", evil)["Location"] == "/"


PAGES = [
    "",
    "?state=done",
    "/calendar/2026/12?day=1",
    "/calendar/2026/12?view=agenda",
    "/calendar/week/2026/12/1",
    "/trash",
    "/todos/{todo}",
]


@pytest.mark.parametrize("path", PAGES)
def test_viewers_see_no_way_to_change_todos(bob: User, bobs: Client, uni: TodoList, path: str) -> None:
    share(uni, bob, "viewer")
    todo = uni.todos.get(title="Essay")
    page = main_of(bobs.get(f"/lists/{uni.pk}{path}".format(todo=todo.pk)).text)
    assert "Essay" in page or "done" in path or "trash" in path
    for word in (
        "todos/new",
        "todos/change",
        "/complete",
        "/reopen",
        "/restore",
        "/delete",
        ">Save<",
        '/settings"',
    ):
        assert word not in page, word


@pytest.mark.parametrize("path", ["/import", "/todos/new", "/settings", "/todos/reading?title=x", "/delete"])
def test_pages_of_other_roles_say_so(bob: User, bobs: Client, uni: TodoList, path: str) -> None:
    share(uni, bob, "viewer")
    answer = bobs.get(f"/lists/{uni.pk}{path}")
    assert answer.status_code == 403
    assert "not change it" in answer.text or "Only the list" in answer.text


def test_members_see_no_label_of_the_owners_other_lists(ada: User, bob: User, bobs: Client, uni: TodoList) -> None:
    create_todo(todo_list=make_list(ada), title="Private", labels=("divorce",))
    create_todo(todo_list=uni, title="Essay", labels=("exam",))
    share(uni, bob, "editor")
    for path in (f"/lists/{uni.pk}", f"/lists/{uni.pk}/todos/new"):
        page = bobs.get(path).text
        assert "exam" in page
        assert "divorce" not in page


def test_editors_see_everything_but_what_the_owner_does(bob: User, bobs: Client, uni: TodoList) -> None:
    share(uni, bob, "editor")
    page = bobs.get(f"/lists/{uni.pk}").text
    assert f'action="/lists/{uni.pk}/todos/new"' in page
    assert f"/lists/{uni.pk}/settings" not in page
    assert f"/lists/{uni.pk}/todos/time-zone" not in page
    members = bobs.get(f"/lists/{uni.pk}/share").text
    assert "Leave list" in members
    assert not re.search("Invite|Make |Remove", main_of(members))


def test_overview_shows_shared_lists_and_ticks_only_for_editors(bob: User, bobs: Client, uni: TodoList) -> None:
    share(uni, bob, "viewer")
    page = bobs.get("/upcoming").text
    assert "Essay" in page
    assert "/complete" not in page
    Membership.objects.update(role="editor")
    assert "/complete" in bobs.get("/upcoming").text


def test_archived_list_offers_members_no_unarchiving(bob: User, bobs: Client, uni: TodoList) -> None:
    share(uni, bob, "editor")
    archive_list(todo_list=uni)
    for path in (f"/lists/{uni.pk}", "/lists"):
        assert ">Unarchive<" not in bobs.get(path).text
    assert bobs.post(f"/lists/{uni.pk}/unarchive").status_code == 403
    assert TodoList.objects.get(pk=uni.pk).is_archived


def test_members_are_changed_removed_and_handed_the_list(client: Client, bob: User, uni: TodoList) -> None:
    share(uni, bob, "viewer")
    pk, share_page = Membership.objects.get().pk, f"/lists/{uni.pk}/share"
    assert (
        "bob is now an editor"
        in client.post(f"/lists/{uni.pk}/members/{pk}/role", {"role": "editor"}, follow=True).text
    )
    assert find_list(user=bob, list_id=uni.pk).role == "editor"
    assert client.post(f"/lists/{uni.pk}/members/{pk}/role", {"role": "owner"}).status_code == 302
    assert find_list(user=bob, list_id=uni.pk).role == "editor"
    for path, word in (("remove", "their calendar links"), ("transfer-ownership", "You become an editor")):
        assert word in client.get(f"/lists/{uni.pk}/members/{pk}/{path}").text
    answer = client.post(f"/lists/{uni.pk}/members/{pk}/transfer-ownership", follow=True)
    assert answer.redirect_chain[0][0] == share_page
    assert "now belongs to bob" in answer.text
    assert "Leave list" in answer.text
    answer = client.post(f"/lists/{uni.pk}/leave", follow=True)
    assert "You have left “Uni”" in answer.text
    assert client.get(f"/lists/{uni.pk}").status_code == 404


def test_removed_member_is_gone(client: Client, bob: User, bobs: Client, uni: TodoList) -> None:
    share(uni, bob, "editor")
    pk = Membership.objects.get().pk
    assert "is no longer a member" in client.post(f"/lists/{uni.pk}/members/{pk}/remove", follow=True).text
    assert bobs.get(f"/lists/{uni.pk}").status_code == 404
    assert "Uni" not in bobs.get("/lists").text
    assert client.post(f"/lists/{uni.pk}/members/{pk}/remove").status_code == 404


def test_default_list_offers_no_transfer(client: Client, ada: User, bob: User) -> None:
    default = make_list(ada)
    share(default, bob)
    page = client.get(f"/lists/{default.pk}/share").text
    assert "Transfer ownership" not in page
    assert "which stays yours" in page
    pk = Membership.objects.get().pk
    answer = client.post(f"/lists/{default.pk}/members/{pk}/transfer-ownership", follow=True)
    assert "transfer your default list" in answer.text


def test_invitation_is_revoked(client: Client, uni: TodoList) -> None:
    _, token = create_link(todo_list=uni, role="viewer")
    pk = Invitation.objects.get().pk
    assert "revoked" in client.post(f"/lists/{uni.pk}/invitations/{pk}/revoke", follow=True).text
    assert client.get(f"/invitations/link/{token}").status_code == 404
    assert client.post(f"/lists/{uni.pk}/invitations/{pk}/revoke").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_own_link_says_so_on_the_page_of_the_list(client: Client, uni: TodoList, method: str) -> None:
    _, token = create_link(todo_list=uni, role="viewer")
    answer = getattr(client, method)(f"/invitations/link/{token}", follow=True)
    assert answer.redirect_chain == [(f"/lists/{uni.pk}", 302)]
    assert "This is your own list" in answer.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_link_says_to_a_member_what_they_are(bob: User, bobs: Client, uni: TodoList, method: str) -> None:
    share(uni, bob, "viewer")
    _, token = create_link(todo_list=uni, role="editor")
    answer = getattr(bobs, method)(f"/invitations/link/{token}", follow=True)
    assert answer.redirect_chain == [(f"/lists/{uni.pk}", 302)]
    assert "You are already a viewer of this list" in answer.text
    assert find_list(user=bob, list_id=uni.pk).role == "viewer"


def test_nobody_invites_themselves_on_the_page(client: Client, uni: TodoList) -> None:
    answer = client.post(f"/lists/{uni.pk}/share", {"user_name": "Ada", "role": "viewer"})
    assert answer.status_code == 422
    assert "That is you" in answer.text


def test_sign_in_says_what_a_valid_link_invites_to(uni: TodoList) -> None:
    invitation, token = create_link(todo_list=uni, role="editor")
    for page in ("login", "sign-up"):
        path = f"/accounts/{page}?next=/invitations/link/{token}"
        assert "ada invites you to the list “Uni”, as an editor." in Client().get(path).text
        for other in ("/invitations/link/" + "x" * 43, "/invitations", "//evil.example/", "http://["):
            assert "Uni" not in Client().get(f"/accounts/{page}", {"next": other}).text
    invitation.delete()
    assert "Uni" not in Client().get(f"/accounts/login?next=/invitations/link/{token}").text


def test_lower_role_is_told_with_the_links_that_it_ends(client: Client, bob: User, uni: TodoList) -> None:
    share(uni, bob, "editor")
    path = f"/lists/{uni.pk}/members/{uni.memberships.get().pk}/role"
    create_link(todo_list=uni, role="viewer")
    answer = client.post(path, {"role": "viewer"}, follow=True)
    assert "bob is now a viewer.<" in answer.text
    client.post(path, {"role": "editor"})
    create_link(todo_list=uni, role="editor")
    assert "Links that invite editors no longer work" in client.post(path, {"role": "viewer"}, follow=True).text


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_who_is_removed_or_may_only_view_is_told_while_they_edit(
    bob: User, bobs: Client, uni: TodoList, headers: dict
) -> None:
    todo = uni.todos.get(title="Essay")
    share(uni, bob, "editor")
    edit = f"/lists/{uni.pk}/todos/{todo.pk}"
    assert bobs.get(edit).status_code == 200
    change_role(todo_list=uni, membership_id=uni.memberships.get().pk, role="viewer")
    answer = bobs.post(edit, {"title": "Mine"}, headers=headers)
    assert answer.status_code == 403
    assert "<span data-reason>You can view this list but not change it.</span>" in answer.text
    remove_member(todo_list=uni, membership_id=uni.memberships.get().pk)
    answer = bobs.post(edit, {"title": "Mine"}, headers=headers)
    assert answer.status_code == 404
    assert "<span data-reason>This list does not exist, or it is no longer shared with you.</span>" in answer.text


def test_page_of_a_list_that_is_gone_is_the_same_as_of_one_that_never_was(
    ada: User, bob: User, bobs: Client, uni: TodoList
) -> None:
    share(uni, bob, "viewer")
    never_shared = create_list(user=ada, name="Other")
    remove_member(todo_list=uni, membership_id=uni.memberships.get().pk)
    pages = {bobs.get(f"/lists/{pk}").text for pk in (uni.pk, never_shared.pk, 999_999)}
    assert len(pages) == 1
    assert "No such list" in pages.pop()


def test_page_of_a_dead_link_says_what_to_do(bob: User, bobs: Client, uni: TodoList) -> None:
    invitation, token = create_link(todo_list=uni, role="viewer")
    invitation.delete()
    pages = [bobs.get(f"/invitations/link/{one}") for one in (token, "x" * 43)]
    assert [page.status_code for page in pages] == [404, 404]
    assert pages[0].text == pages[1].text
    assert "This invitation is no longer valid" in pages[0].text


def test_moves_are_offered_to_lists_that_take_them(client: Client, ada: User, bob: User, uni: TodoList) -> None:
    theirs = create_list(user=bob, name="Theirs")
    create_todo(todo_list=make_list(ada), title="Mine")
    share(theirs, ada, "viewer")
    assert f'name="list" value="{theirs.pk}"' not in client.get("/").text
    Membership.objects.update(role="editor")
    assert f'name="list" value="{theirs.pk}"' in client.get("/").text
    Membership.objects.update(role="viewer")
    todo = make_list(ada).todos.get()
    assert client.post(f"/todos/{todo.pk}/move", {"list": theirs.pk}).status_code == 403
    assert make_list(ada).todos.get() == todo


def test_deleting_a_shared_list_says_who_loses_it(client: Client, bob: User, uni: TodoList) -> None:
    share(uni, bob)
    assert "1 other person loses it too" in client.get(f"/lists/{uni.pk}/delete").text


def test_viewers_read_a_todo_as_text(bob: User, bobs: Client, uni: TodoList) -> None:
    share(uni, bob, "viewer")
    todo = create_todo(todo_list=uni, title="none", description="two\nlines", due=DUE, labels=("exam",))
    page = main_of(bobs.get(f"/lists/{uni.pk}/todos/{todo.pk}").text)
    page, reminders, _ = page.partition('<section class="card" id="reminders"')  # which are the viewer's own
    assert reminders
    assert "<input" not in page.replace('<input type="hidden"', "") and "<textarea" not in page
    for words in ("<dd>none</dd>", "<dd>two\nlines</dd>", "<dd>Tuesday 1 December 2026</dd>", "<dd>exam</dd>"):
        assert words in page
    assert "Priority" not in page
    assert "View only" in bobs.get(f"/lists/{uni.pk}").text


def test_trash_is_emptied_by_editors_and_by_nobody_else(bob: User, bobs: Client, uni: TodoList) -> None:
    share(uni, bob, "viewer")
    path = f"/lists/{uni.pk}/trash/empty"
    assert "Empty trash" not in bobs.get(f"/lists/{uni.pk}/trash").text
    assert [bobs.get(path).status_code, bobs.post(path).status_code] == [403, 403]
    change_role(todo_list=uni, membership_id=uni.memberships.get().pk, role="editor")
    assert f'href="{path}"' in bobs.get(f"/lists/{uni.pk}/trash").text
    assert "1 deleted todo can’t be restored" in bobs.get(path).text
    assert uni.todos.deleted().exists()
    assert "The trash is empty" in bobs.post(path, follow=True).text
    assert [todo.title for todo in uni.todos.all()] == ["Essay"]


def test_invitation_is_on_every_page_of_a_phone(bobs: Client, bob: User, uni: TodoList) -> None:
    assert "badge" not in bobs.get("/").text
    invite_user(todo_list=uni, user_name="bob", role="viewer")
    assert "You have 1 invitation to lists of others." in main_of(bobs.get("/").text)
    for page in ("/", "/today", "/lists/new"):
        assert 'aria-label="Lists, 1 invitation"' in bobs.get(page).text


def test_members_reach_trash_and_import_on_phones(bob: User, bobs: Client, uni: TodoList) -> None:
    share(uni, bob, "editor")
    page = main_of(bobs.get(f"/lists/{uni.pk}/share").text)
    assert f'href="/lists/{uni.pk}/trash"' in page and f'href="/lists/{uni.pk}/import"' in page
