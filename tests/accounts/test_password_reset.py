"""A forgotten password: a link by mail, good once, to nobody but whom it is for."""

import re
import threading

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend as LocmemBackend
from django.test import Client

from accounts import mail as accounts_mail
from accounts.mail import MAX_WAITING, sender
from accounts.views import email_link_context
from tests.factories import PASSWORD, make_user

# Mail is sent by a thread, which sees only what is committed.
pytestmark = pytest.mark.django_db(transaction=True)

FORGOTTEN = "/accounts/password/forgotten"
NEW = "a-new-harbour-27-lantern"


@pytest.fixture(autouse=True)
def user() -> object:
    user = make_user("ada")
    user.email = "ada@example.org"
    user.save()
    return user


def ask(client: Client, address: str) -> str:
    page = client.post(FORGOTTEN, {"email": address}, follow=True).text
    sender.submit(lambda: None).result()  # it sends one after the other
    return re.sub(r'"X-CSRFToken": "\w+"|value="\w{64}"', "", page)


def set_password(client: Client, link: str) -> str:
    form = client.get(link, follow=True)
    sent = client.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW}, follow=True)
    return sent.text


def test_link_sets_a_new_password_once(client: Client) -> None:
    ask(client, "ada@example.org")
    (letter,) = mail.outbox
    assert letter.to == ["ada@example.org"]
    link = re.search(r"http://testserver(/\S+)", letter.body)[1]
    assert "Sign in with it" in set_password(client, link)
    assert client.login(username="ada", password=NEW)
    assert not client.login(username="ada", password=PASSWORD)
    assert "already used" in client.get(link, follow=True).text


def test_answer_does_not_tell_who_has_an_account(client: Client) -> None:
    assert ask(client, "ada@example.org") == ask(client, "nobody@example.org")
    assert len(mail.outbox) == 1


def test_answer_does_not_wait_for_the_mail_server(client: Client) -> None:
    mail_server_answers = threading.Event()
    sender.submit(mail_server_answers.wait, 60)  # it is busy with another
    page = client.post(FORGOTTEN, {"email": "ada@example.org"}, follow=True)
    assert "a mail with a link is on its way" in page.text
    assert mail.outbox == []
    mail_server_answers.set()
    sender.submit(lambda: None).result()
    assert len(mail.outbox) == 1


def test_mail_that_waits_is_bounded(client: Client) -> None:
    mail_server_answers = threading.Event()
    sender.submit(mail_server_answers.wait, 60)
    for _ in range(MAX_WAITING - 1):
        accounts_mail._room.acquire()
    for _ in range(3):
        assert "on its way" in client.post(FORGOTTEN, {"email": "ada@example.org"}, follow=True).text
    mail_server_answers.set()
    for _ in range(MAX_WAITING - 1):
        accounts_mail._room.release()
    sender.submit(lambda: None).result()
    assert len(mail.outbox) == 1


def test_mail_server_that_fails_stops_no_later_mail(client: Client, settings: object) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_password_reset.FailingBackend"
    assert "on its way" in ask(client, "ada@example.org")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    ask(client, "ada@example.org")
    assert len(mail.outbox) == 1


class FailingBackend(LocmemBackend):
    def send_messages(self, messages: list) -> int:
        raise ConnectionRefusedError


def test_link_goes_to_our_own_address(settings: object) -> None:
    settings.PUBLIC_URL = "https://todo.example.org"
    assert email_link_context() == {"protocol": "https", "domain": "todo.example.org"}


def test_no_link_is_offered_where_no_mail_is_sent(client: Client, settings: object) -> None:
    assert FORGOTTEN in client.get("/accounts/login").text
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert FORGOTTEN not in client.get("/accounts/login").text
