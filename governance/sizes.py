"""How many rows a list has: counted where they are few, estimated where counting would take as long as reading."""

from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

# Beyond this many rows a list says how many it holds from the planner's estimate, unless asked to count.
COUNTED_UP_TO = 10_000


class Size(NamedTuple):
    """How many rows a list has; an estimate is shown with its sign."""

    rows: int
    is_exact: bool


def size_of(rows: QuerySet[Any], *, exactly: bool = False) -> Size:
    """Count the rows, at most COUNTED_UP_TO of them unless `exactly`; beyond, take the planner's estimate."""
    if exactly:
        return Size(rows.count(), True)
    found = rows.order_by()[: COUNTED_UP_TO + 1].count()
    if found <= COUNTED_UP_TO:
        return Size(found, True)
    return Size(max(_estimate(rows), found), False)


def _estimate(rows: QuerySet[Any]) -> int:
    with connection.cursor() as cursor:
        sql, parameters = rows.order_by().values("pk").query.sql_with_params()
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        return int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])
