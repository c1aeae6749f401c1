"""What people ask of patients, studies and series, under names; every answer is narrowed by visible_to() first."""

from collections.abc import Collection as Container
from collections.abc import Iterable
from typing import Any, Self, TypeVar

from django.db import connection, models
from django.db.models import Count, Exists, F, Func, OuterRef, Q, Sum, Value
from django.db.models.functions import Coalesce, ExtractYear

from governance.access import Person, scope_of
from governance.foremost import ScopedQuerySet
from governance.permissions import Permission
from governance.sizes import Size, size_of

Row = TypeVar("Row", bound=models.Model)


class EntityQuerySet(ScopedQuerySet[Row]):
    """What patients, studies and series have in common for those who list them."""

    def visible_to(self, user: Person) -> Self:
        return self.within(scope_of(user, Permission.CATALOG_READ))

    def held(self) -> Self:
        """Those that still have a stored instance; the others are history."""
        return self.filter(instance_count__gt=0)

    def size(self, *, exactly: bool = False) -> Size:
        """Count the rows; many of them are estimated unless `exactly`."""
        return size_of(self, exactly=exactly)


class StudyQuerySet(EntityQuerySet["Any"]):
    """What people filter studies by, and the sums that the home page shows."""

    def with_modality(self, modalities: Container[str]) -> Self:
        return self.filter(modalities__overlap=list(modalities))

    def with_body_part(self, body_parts: Container[str]) -> Self:
        return self.filter(body_parts__overlap=list(body_parts))

    def made_by(self, manufacturers: Container[str]) -> Self:
        return self.filter(manufacturers__overlap=list(manufacturers))

    def in_years(self, years: Iterable[int | None]) -> Self:
        """Those of any of these calendar years; None stands for no valid date."""
        wanted = Q()
        for year in years:
            wanted |= Q(study_date__isnull=True) if year is None else Q(study_date__year=year)
        return self.filter(wanted)

    def at_sites(self, sites: Iterable[tuple[int, str]]) -> Self:
        """Those that name one of these institutions, each in its own Collection."""
        wanted = Q(pk__in=[])
        for collection_id, institution in sites:
            wanted |= Q(collection_id=collection_id, institution_name=institution)
        return self.filter(wanted)

    def conflicting(self) -> Self:
        """Those whose objects name more than one patient."""
        return self.filter(patient_count__gt=1)

    def stored_in(self, sources: Iterable[Any]) -> Self:
        """Those of which one of these Sources holds at least one object now."""
        sources = list(sources)
        series = self.model._meta.get_field("series").related_model
        stored = series.objects.filter(
            Exists(
                series._meta.get_field("instances")
                .related_model.objects.held()
                .filter(series=OuterRef("pk"), source__in=[source.pk for source in sources])
            ),
            study=OuterRef("pk"),
        )
        collections = {source.collection_id for source in sources}
        return self.filter(Exists(stored), collection_id__in=collections)

    def totals(self) -> dict[str, int]:
        """Studies, series, instances and bytes."""
        return self.aggregate(
            studies=Count("id"),
            series=Coalesce(Sum("series_count"), 0),
            instances=Coalesce(Sum("instance_count"), Value(0), output_field=models.BigIntegerField()),
            bytes=Coalesce(Sum("total_bytes"), Value(0), output_field=models.BigIntegerField()),
        )

    def by_member(self, column: str) -> list[tuple[str, int]]:
        """Count studies by each member of an array column; a study with several counts in each."""
        member = Func(F(column), function="unnest", output_field=models.TextField(), set_returning=True)
        counted = self.order_by().annotate(member=member).values("member").annotate(n=Count("id"))
        return [(row["member"], row["n"]) for row in counted.order_by("-n", "member")]

    def by_column(self, column: str) -> list[tuple[Any, int]]:
        """Count studies by a column's value."""
        counted = self.order_by().values(column).annotate(n=Count("id"))
        return [(row[column], row["n"]) for row in counted.order_by("-n", column)]

    def by_year(self) -> list[tuple[int | None, int]]:
        """Count studies by calendar year, the latest first; None for those without a valid date."""
        counted = (
            self.order_by().annotate(year=ExtractYear("study_date")).values("year").annotate(n=Count("id"))
        )
        return [(row["year"], row["n"]) for row in counted.order_by(F("year").desc(nulls_last=True))]

    def by_site(self) -> list[tuple[int, str, int]]:
        """Count studies by Collection and institution, the most frequent first."""
        counted = self.order_by().values("collection_id", "institution_name").annotate(n=Count("id"))
        rows = counted.order_by("-n", "collection_id", "institution_name")
        return [(row["collection_id"], row["institution_name"], row["n"]) for row in rows]


def institutions_of(collection_ids: Iterable[int]) -> list[tuple[int, str]]:
    """Return each institution of these Collections once, hopping along the index instead of reading every study."""
    sql = """
        WITH RECURSIVE hop(collection_id, institution_name) AS (
            (SELECT collection_id, institution_name FROM catalog_study WHERE collection_id = ANY(%s)
             ORDER BY collection_id, institution_name LIMIT 1)
            UNION ALL
            SELECT following.collection_id, following.institution_name
            FROM hop, LATERAL (
                SELECT collection_id, institution_name FROM catalog_study
                WHERE (collection_id, institution_name) > (hop.collection_id, hop.institution_name)
                  AND collection_id = ANY(%s)
                ORDER BY collection_id, institution_name LIMIT 1) AS following
        )
        SELECT collection_id, institution_name FROM hop WHERE institution_name <> ''"""
    ids = list(collection_ids)
    with connection.cursor() as cursor:
        cursor.execute(sql, [ids, ids])
        return [(int(collection_id), str(name)) for collection_id, name in cursor.fetchall()]
