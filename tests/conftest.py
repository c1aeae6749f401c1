"""People with fixed roles: Alice runs everything, Bob stewards radiology, Charlie may see nothing."""

import pytest

from governance.actions.grant_role import grant_role
from governance.models import Collection, User
from governance.permissions import Role


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
    grant_role(user, Role.ADMINISTRATOR)
    return user


@pytest.fixture
def bob(db, radiology) -> User:
    """Data steward of radiology."""
    user = User.objects.create(username="bob")
    grant_role(user, Role.DATA_STEWARD, radiology)
    return user


@pytest.fixture
def charlie(db) -> User:
    """May sign in, and nothing else."""
    return User.objects.create(username="charlie")
