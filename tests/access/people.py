"""The people of the matrix, signed in."""

from collections.abc import Mapping
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from governance.actions.give_grant import give_grant
from governance.actions.issue_token import issue_token
from governance.models import ApiToken, Collection, Grant, User
from tests.access.matrix import Person, Way, Where
from tests.web.conftest import signed_in


def client_of(person: Person, collections: Mapping[Where, Collection]) -> Client:
    """Make somebody, give them what they hold, and return what they call with."""
    if person.way is Way.NONE:
        return Client()
    user = User.objects.create(
        username=person.name.replace(" ", "-"), kind=person.kind, is_superuser=person.is_superuser
    )
    if person.kind == User.Kind.SERVICE:
        # Somebody of whom the matrix knows nothing else.
        user.answerable = User.objects.create(username=f"behind-{user.username}")
        user.save()
    if person.job is not None:
        give_grant(user, person.job, collections.get(person.where))
    if person.is_over:
        now = timezone.now()
        Grant.objects.filter(user=user).update(
            starts_at=now - timedelta(hours=1), expires_at=now - timedelta(seconds=1)
        )
    if person.way is Way.SESSION:
        return signed_in(user)
    secret = issue_token(user, name="test", expires_at=timezone.now() + timedelta(days=1))
    ApiToken.objects.filter(user=user).update(scopes=sorted(person.scopes))
    return Client(headers={"Authorization": f"Bearer {secret}"})
