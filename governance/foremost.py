"""The first rows of an order over a few Collections: each one's own by its index, merged as far as they are needed.

PostgreSQL finds the newest rows of one Collection by an index that begins with it, and the newest of all by one that
does not. Of ten small Collections among five hundred it would read ten thousand rows for a page of a hundred. Asked for
the first rows of each in an order of its own, it merges the ten index scans and reads as many rows as it returns.
"""

from collections.abc import Sequence
from typing import Any, Self, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy, RawSQL
from django.db.models.sql.where import AND, ExtraWhere, WhereNode

from governance.access import Scope
from governance.arrays import is_one_of

Row = TypeVar("Row", bound=Model)
# With more of them planning takes longer than the index over all does.
FEW = 32


class ScopedQuerySet(QuerySet[Row]):
    """Rows of a model with a `collection` that remember to which Collections they were narrowed, where these are few."""

    few: frozenset[int] = frozenset()
    # The condition that narrows them, as it stands among the others.
    narrowing: Any = None

    def within(self, scope: Scope) -> Self:
        """Narrow the rows to those of a scope."""
        narrowed = self.filter(scope.over("collection"))
        if 1 < len(scope.ids) <= FEW:
            narrowed.few, narrowed.narrowing = scope.ids, narrowed.query.where.children[-1]
        return narrowed

    @property
    def are_of_few(self) -> bool:
        """Whether every row is of the few Collections: what was joined to them by OR need not be."""
        where = self.query.where
        narrows = any(each is self.narrowing for each in where.children)
        return bool(self.few) and narrows and where.connector == AND and not where.negated

    def of_one(self, parameter: Any) -> Self:
        """Those of one of the few Collections, whose id `parameter` stands for in the SQL of the query.

        That it is one of the few is not asked of each row again.
        """
        rows = self.all()
        where = rows.query.where
        column = f'"{self.model._meta.db_table}"."collection_id" = %s'
        where.children = [each for each in where.children if each is not self.narrowing]
        where.add(ExtraWhere([column], [parameter]), AND)
        return rows

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.few, clone.narrowing = self.few, self.narrowing
        return clone


def foremost(rows: QuerySet[Row], count: int) -> QuerySet[Row]:
    """Return the first `count` rows of an ordered queryset: the same as its slice, found in another way."""
    order = _columns_of(rows)
    if not isinstance(rows, ScopedQuerySet) or not rows.are_of_few or not _is_indexed(rows.model, order):
        return rows[:count]
    try:
        found = _nearest(rows, order, sorted(rows.few), count)
    except EmptyResultSet:
        # No row can meet the conditions, so Django asks nothing of the database for the slice.
        return rows[:count]
    nearest = rows.all()
    # The ids were found under every condition of the rows, in the same statement: to ask again costs planning alone.
    nearest.query.where = WhereNode()
    nearest.query.add_q(is_one_of("id", found))
    nearest.query.set_limits(high=count)
    return nearest


def _columns_of(rows: QuerySet[Any]) -> list[tuple[str, bool]]:
    """The columns of an order and whether each descends; none for one by other than columns."""
    columns: list[tuple[str, bool]] = []
    for each in rows.query.order_by:
        if not isinstance(each, OrderBy) or not isinstance(each.expression, F):
            return []
        column: Any = each.expression
        columns.append((column.name, each.descending))
    return columns


def _is_indexed(model: type[Model], order: Sequence[tuple[str, bool]]) -> bool:
    """Tell whether an index begins with the Collection and goes on in this order, forwards or backwards."""
    if not order:
        return False
    backwards = [(name, not descending) for name, descending in order]
    for index in model._meta.indexes:
        (first, _way), *rest = index.fields_orders or [("", "")]
        if first == "collection" and [(name, way == "DESC") for name, way in rest] in (order, backwards):
            return True
    return False


def _nearest(
    rows: ScopedQuerySet[Any], order: Sequence[tuple[str, bool]], few: Sequence[int], count: int
) -> RawSQL:
    """An array of the ids of the first rows: one ordered SELECT for each Collection, merged by PostgreSQL."""
    here = object()
    names = [name for name, _descending in order]
    of_one = rows.of_one(here).values_list(*names)
    of_one.query.set_limits(high=count)
    sql, params = of_one.query.sql_with_params()
    each = [[one if value is here else value for value in params] for one in few]
    columns = ", ".join(f"place_{number}" for number in range(len(names)))
    places = ", ".join(
        f"place_{number}{' DESC' if descending else ''}" for number, (_name, descending) in enumerate(order)
    )
    union = " UNION ALL ".join([f"({sql})"] * len(few))
    found = f"({union}) AS found({columns}) ORDER BY {places} LIMIT {count:d}"
    merged = f"ARRAY(SELECT place_{names.index('id')} FROM {found})"  # noqa: S608  names of this function's own
    return RawSQL(merged, [value for given in each for value in given])  # noqa: S611  values are parameters
