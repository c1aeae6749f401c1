"""Rows that a body names: only those that the caller may see can be named."""

from typing import Any

from rest_framework import serializers

from governance.api.parameters import LARGEST
from governance.api.strict import StrictInteger


class VisibleRow(StrictInteger):
    """The id of a row that the caller may see; another's is refused in the same words as none at all."""

    default_error_messages = {"does_not_exist": "There is none with this id."}  # noqa: RUF012 - DRF merges these

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST, **options)

    def visible(self) -> Any:
        """Return the rows among which the id is looked up."""
        raise NotImplementedError

    def run_validation(self, data: Any = serializers.empty) -> Any:
        row = self.visible().filter(pk=super().run_validation(data)).first()
        return row or self.fail("does_not_exist")
