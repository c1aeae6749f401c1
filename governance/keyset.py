"""Pages by key instead of by number: as quick at the millionth row as at the first, and stable while rows arrive.

A cursor is the code (CT-7F3K5) or the number of the last row seen, and holds nothing about a patient.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet

from governance.foremost import foremost

Row = TypeVar("Row", bound=Model)

PAGE_SIZES = (50, 100, 200)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows that an index backs, made total by the id; rows without a value come last."""

    name: str
    title: object
    column: str = "id"
    descending: bool = True
    nullable: bool = False

    def rows(
        self, queryset: "QuerySet[Row]", *, beyond: Model | None = None, forward: bool = True
    ) -> Iterator["QuerySet[Row]"]:
        """Yield querysets that together hold the rows beyond one row, nearest first."""
        parts = [False, True] if self.nullable else [False]
        for is_null in parts if forward else reversed(parts):
            condition = self._beyond(beyond, is_null=is_null, forward=forward)
            if condition is not None:
                yield queryset.filter(condition).order_by(*self._columns(is_null=is_null, forward=forward))

    def _columns(self, *, is_null: bool, forward: bool) -> list[Any]:
        down = self.descending == forward
        names = ["id"] if is_null or self.column == "id" else [self.column, "id"]
        return [F(name).desc() if down else F(name).asc() for name in names]

    def _beyond(self, row: Model | None, *, is_null: bool, forward: bool) -> Q | None:
        """Return what the rows of one part have in common, None when the part lies behind the row."""
        part = Q(**{f"{self.column}__isnull": is_null}) if self.nullable else Q()
        if row is None:
            return part
        than = "lt" if self.descending == forward else "gt"
        later = Q(**{f"id__{than}": row.pk})
        value = getattr(row, self.column)
        if self.column == "id":
            return later
        if (value is None) == is_null:
            if is_null:
                return part & later
            # The first condition repeats what the second implies, in the form that an index scan can start from.
            return Q(**{f"{self.column}__{than}e": value}) & (Q(**{f"{self.column}__{than}": value}) | later)
        return part if is_null == forward else None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows in order, and whether others lie before and after them."""

    rows: list[Row]
    has_previous: bool
    has_next: bool


def page_of(
    queryset: "QuerySet[Row]",
    order: Order,
    size: int,
    *,
    after: Model | None = None,
    before: Model | None = None,
) -> Page[Row]:
    """Return up to `size` rows that follow `after` or precede `before`; the first ones when neither is given."""
    forward = before is None
    parts = order.rows(queryset, beyond=after or before, forward=forward)
    found = list(islice(chain.from_iterable(foremost(part, size + 1) for part in parts), size + 1))
    has_more = len(found) > size
    rows = found[:size]
    if forward:
        return Page(rows, after is not None, has_more)
    return Page(rows[::-1], has_more, True)
