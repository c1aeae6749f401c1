"""Rows that a body names: only those that the caller may see can be named."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from governance.api.parameters import LARGEST
from governance.api.strict import StrictInteger, StrictText
from governance.models import User


class VisibleRow(StrictInteger):
    """The id of a row that the caller may see; another's is refused in the same words as none at all."""

    default_error_messages = {"does_not_exist": "There is none with this id."}  # noqa: RUF012 - DRF merges these

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST, **options)

    def visible(self) -> Any:
        """Return the rows among which the id is looked up."""
        raise NotImplementedError

    def run_validation(self, data: Any = serializers.empty) -> Any:
        number = super().run_validation(data)
        if number is None:
            return None
        row = self.visible().filter(pk=number).first()
        return row or self.fail("does_not_exist")


class NamedRow(StrictText):
    """The name of a row that the caller may name; an unknown one is refused without being repeated.

    It is looked up by StrictBody, after everything else.
    """

    default_error_messages = {"unknown_name": "There is none of this name."}  # noqa: RUF012 - DRF merges these

    def nameable(self, name: str) -> Any:
        """Return the rows that `name` stands for: one or none."""
        raise NotImplementedError

    def look_up(self, name: str) -> Any:
        """Return the row of this name. Raises ValidationError."""
        row = self.nameable(name).first()
        return row or self.fail("unknown_name")


class ActivePerson(NamedRow):
    """The user name of an account that may sign in."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=150, **options)

    def nameable(self, name: str) -> QuerySet[User]:
        return User.objects.filter(is_active=True, username=name)
