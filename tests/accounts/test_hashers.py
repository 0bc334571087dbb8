"""Passwords are hashed with little memory, and older hashes still work."""

import os
import resource
import signal

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, identify_hasher, make_password
from django.contrib.auth.models import User

from accounts import hashers
from tests.crowd import together

PASSWORD = "correct horse battery staple"


@pytest.fixture
def quick_passwords() -> None:
    """These tests need hashes as they are in production."""


def test_a_hash_has_the_parameters_of_owasps_smaller_profile() -> None:
    assert make_password(PASSWORD).startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.django_db
def test_a_hash_with_djangos_parameters_verifies_and_is_replaced() -> None:
    old = Argon2PasswordHasher().encode(PASSWORD, "some long enough salt")
    User.objects.create(username="ada", password=old)

    assert authenticate(username="ada", password=PASSWORD)

    assert "m=19456" in User.objects.get().password
    assert check_password(PASSWORD, User.objects.get().password)
    assert not identify_hasher(User.objects.get().password).must_update(User.objects.get().password)


def test_many_at_once_take_the_memory_of_few() -> None:
    make_password(PASSWORD)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    together(*[lambda: make_password(PASSWORD)] * 20)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < (hashers.MAX_PARALLEL + 2) * hashers.BoundedArgon2PasswordHasher.memory_cost


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of threads, which are what this is about
def test_a_process_that_was_forked_can_hash() -> None:
    make_password(PASSWORD)
    if not (child := os.fork()):
        signal.alarm(30)
        os._exit(0 if check_password(PASSWORD, make_password(PASSWORD)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
