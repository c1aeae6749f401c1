"""Keyset pages: as quick at the millionth row as at the first, and not disturbed by rows that arrive meanwhile."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from governance.api.parameters import LARGEST, Kind, Parameter, one_of, whole_number
from governance.foremost import foremost

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 1000


def encode_cursor(row_id: int) -> str:
    """Write a row's id in base 32 (RFC 4648's extended hex). A cursor holds nothing else, so it cannot identify."""
    digits = ""
    while True:
        row_id, digit = divmod(row_id, 32)
        digits = "0123456789abcdefghijklmnopqrstuv"[digit] + digits
        if not row_id:
            return digits


def _decode_cursor(text: str) -> int:
    if not text.isalnum() or not text.isascii() or len(text) > 12 or text != text.lower():
        raise ValueError
    return int(text, 32)


_CURSOR = Kind({"type": "string", "pattern": "^[0-9a-v]{1,12}$"}, _decode_cursor, "a cursor from a next link")


@dataclass(frozen=True, slots=True)
class Sort:
    """An order that an index backs, made total by the id; rows without a value come last in both directions."""

    name: str
    column: str
    nullable: bool = False

    def parts(
        self, rows: QuerySet[Any], after: "Position | None", *, descending: bool
    ) -> Iterator[QuerySet[Any]]:
        """Yield querysets that together hold what follows `after` in order: first with a value, then without.

        Two queries instead of one with OR, because each of them can start in the middle of an index.
        """
        than = "lt" if descending else "gt"
        if self.column == "id":
            yield self._in_order(
                rows.filter(**{f"id__{than}": after.row_id}) if after else rows, ["id"], descending
            )
            return
        missing = f"{self.column}__isnull"
        if after is None or after.value is not None:
            valued = rows.filter(**{missing: False}) if self.nullable else rows
            if after:
                valued = valued.filter(self._beyond(after, than))
            yield self._in_order(valued, [self.column, "id"], descending)
        if self.nullable:
            rest = rows.filter(**{missing: True})
            if after and after.value is None:
                rest = rest.filter(**{f"id__{than}": after.row_id})
            yield self._in_order(rest, ["id"], descending)

    def _beyond(self, after: "Position", than: str) -> Q:
        """The first condition repeats what the second implies, in the form that an index scan can start from."""
        further = Q(**{f"{self.column}__{than}": after.value}) | Q(**{f"id__{than}": after.row_id})
        return Q(**{f"{self.column}__{than}e": after.value}) & further

    @staticmethod
    def _in_order(rows: QuerySet[Any], columns: list[str], descending: bool) -> QuerySet[Any]:
        return rows.order_by(*(F(column).desc() if descending else F(column).asc() for column in columns))


@dataclass(frozen=True, slots=True)
class Position:
    """The row after which a page begins, with its value of the column that is sorted by."""

    row_id: int
    value: Any


BY_ID = Sort("id", "id")
LIMIT = Parameter(
    name="limit",
    kind=whole_number(1, LARGEST_LIMIT),
    description=f"How many rows a page holds; {DEFAULT_LIMIT} when not given.",
)
CURSOR = Parameter(
    name="cursor",
    kind=_CURSOR,
    description="Where the page begins. Take it from the `next` link of the page before; it holds no data.",
)
COUNT = Parameter(
    name="count",
    kind=one_of(["exact", "estimate"]),
    description=(
        "Also say how many rows there are in all. `exact` counts them, which takes as long as reading them; "
        "`estimate` asks the planner, which answers at once."
    ),
)


def paging_parameters(sorts: Sequence[Sort], default_sort: str) -> Iterable[Parameter]:
    """Return what every list understands besides its filters; `sort` knows only names of a whitelist."""
    names = [sign + sort.name for sort in sorts for sign in ("", "-")]
    description = f"The order; a minus reverses it. `{default_sort}` when not given."
    return (LIMIT, CURSOR, COUNT, Parameter(name="sort", kind=one_of(names), description=description))


class Gone(NotFound):
    """The row that a cursor stands at has left the list."""

    default_detail = "The row that this cursor stands at is gone. Begin again without the cursor."


class KeysetPagination(BasePagination):
    """Pages that begin after a row, of views that declare `sorts` and hold the read parameters in `given`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        given: Mapping[str, Any] = view.given
        chosen = given["sort"] or view.default_sort
        descending = chosen.startswith("-")
        sort = next(sort for sort in view.sorts if sort.name == chosen.removeprefix("-"))
        limit = given["limit"] or DEFAULT_LIMIT
        self.count = _count(queryset, given["count"])
        after = None if given["cursor"] is None else _position(view.visible_rows(), sort, given["cursor"])
        rows: list[Any] = []
        for part in sort.parts(queryset, after, descending=descending):
            rows += foremost(part, limit + 1 - len(rows))
            if len(rows) > limit:
                break
        self.next = None
        if len(rows) > limit:
            here = request.build_absolute_uri()
            self.next = replace_query_param(here, "cursor", encode_cursor(rows[limit - 1].pk))
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next, "count": self.count})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the page for drf-spectacular."""
        count = {
            "type": ["object", "null"],
            "description": "Only when asked for with `count`.",
            "required": ["value", "exact"],
            "properties": {
                "value": {"type": "integer", "format": "int64", "minimum": 0, "maximum": LARGEST},
                "exact": {"type": "boolean"},
            },
        }
        following = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "The next page; null on the last.",
        }
        return {
            "type": "object",
            "required": ["results", "next", "count"],
            "properties": {"results": schema, "next": following, "count": count},
        }


def _position(visible: QuerySet[Any], sort: Sort, row_id: int) -> Position:
    """Return where a cursor stands; its row is looked up among what the reader may see, so it reveals nothing."""
    if sort.column == "id":
        return Position(row_id, row_id)
    try:
        return Position(row_id, visible.values_list(sort.column, flat=True).get(pk=row_id))
    except visible.model.DoesNotExist as error:
        raise Gone from error


def _count(queryset: QuerySet[Any], how: str | None) -> dict[str, Any] | None:
    if how is None:
        return None
    if how == "exact":
        return {"value": queryset.count(), "exact": True}
    return {"value": _planned_rows(queryset), "exact": False}


def _planned_rows(queryset: QuerySet[Any]) -> int:
    """Return how many rows PostgreSQL's planner expects, without reading any."""
    plan = queryset.order_by().values("pk").explain(format="json")
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"]) if plan else 0
