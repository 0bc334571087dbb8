"""`manage.py create_user`."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def create(username: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TASKOVERFLOW_NEW_PASSWORD", PASSWORD)
    out = io.StringIO()
    call_command("create_user", username, stdout=out)
    return out.getvalue()


def test_name_is_normalized_as_at_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert create("ａｄａ", monkeypatch) == "Created ada.\n"
    user = User.objects.get(username="ada")
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize("name", ["ada", "ａｄａ", "Ada"])
def test_name_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    user = make_user("ada")
    with pytest.raises(CommandError, match="already exists"):
        create(name, monkeypatch)
    assert list(User.objects.all()) == [user]
