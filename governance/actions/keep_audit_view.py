"""Keep somebody's questions to the audit trail under names of their own."""

from django.db import transaction

from governance.models import User

MOST_VIEWS = 40
LONGEST_NAME = 60
_PREFERENCE = "audit_views"


class TooManyViews(Exception):
    """Somebody keeps as many views as there may be."""


def views_of(user: User) -> dict[str, str]:
    """Return the query string of each view by its name, in the order of the names."""
    kept = user.preferences.get(_PREFERENCE, {})
    return {name: kept[name] for name in sorted(kept, key=str.casefold)}


@transaction.atomic
def keep_audit_view(user: User, name: str, query: str) -> None:
    """Keep a view of `user`, whom alone it concerns; one of the same name is replaced. Raises TooManyViews.

    `query` comes from a Question, which lets nothing into it that names a patient.
    """
    views = {**views_of(_locked(user)), name[:LONGEST_NAME]: query}
    if len(views) > MOST_VIEWS:
        raise TooManyViews
    _store(user, views)


@transaction.atomic
def drop_audit_view(user: User, name: str) -> None:
    """Forget a view; one that is not there is no error."""
    _store(user, {kept: query for kept, query in views_of(_locked(user)).items() if kept != name})


def _locked(user: User) -> User:
    """Read the preferences again under a lock: two windows of one person do not undo each other."""
    user.preferences = User.objects.select_for_update().values_list("preferences", flat=True).get(pk=user.pk)
    return user


def _store(user: User, views: dict[str, str]) -> None:
    user.preferences = {**user.preferences, _PREFERENCE: views}
    user.save(update_fields=["preferences"])
