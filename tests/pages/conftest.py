import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import make_user


@pytest.fixture
def ada(client: Client) -> User:
    """A user, who is signed in."""
    user = make_user("ada")
    client.force_login(user)
    return user
