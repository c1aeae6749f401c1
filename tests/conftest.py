"""People with fixed roles: Alice runs everything, Bob stewards radiology, Charlie may see nothing."""

import warnings
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from governance.actions.give_grant import give_grant
from governance.models import Collection, User
from governance.permissions import Job


def pytest_configure() -> None:
    """Hash passwords quickly: Argon2 is slow on purpose. Tests of hashing ask for `hashing_as_in_production`."""
    settings.PASSWORD_HASHERS = [QUICK, *settings.PASSWORD_HASHERS]


QUICK = "django.contrib.auth.hashers.MD5PasswordHasher"


@pytest.fixture
def hashing_as_in_production(settings) -> None:
    settings.PASSWORD_HASHERS = [name for name in settings.PASSWORD_HASHERS if name != QUICK]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Let no thread of a live server keep a connection between requests: it would outlive the tests."""
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Name and end a session that some test left behind: the database could not be dropped under it."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(LEFT_BEHIND)
        if left := cursor.fetchall():
            said = f"Sessions left behind in the test database: {left}"
            warnings.warn(said, pytest.PytestWarning, stacklevel=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with those that take longest: at the end, one worker would wait for the other's last."""
    items.sort(key=lambda item: not LONGEST & set(item.path.parts))


LONGEST = {"launcher", "test_crash.py", "test_crawl_benchmark.py", "test_leaks.py"}
LEFT_BEHIND = """
    SELECT application_name, state, query, pg_terminate_backend(pid)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


@pytest.fixture(autouse=True)
def without_second_factors(settings) -> None:
    """Let administrators in with their password alone; tests of second factors say otherwise."""
    settings.SECOND_FACTOR = "OFF"


@pytest.fixture
def radiology(db) -> Collection:
    return Collection.objects.create(name="Radiology")


@pytest.fixture
def research(db) -> Collection:
    """A Collection that only Alice may see."""
    return Collection.objects.create(name="Research")


@pytest.fixture
def alice(db) -> User:
    """Administrator of every Collection."""
    user = User.objects.create(username="alice")
    give_grant(user, Job.ADMINISTRATOR)
    return user


@pytest.fixture
def bob(db, radiology) -> User:
    """Data steward of radiology."""
    user = User.objects.create(username="bob")
    give_grant(user, Job.DATA_STEWARD, radiology)
    return user


@pytest.fixture
def charlie(db) -> User:
    """May sign in, and nothing else."""
    return User.objects.create(username="charlie")
