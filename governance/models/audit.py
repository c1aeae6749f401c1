"""The audit trail as it is read; migration 0004 made the tables, and nothing here can change a row of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.lookups import Exact

from governance.audit.events import Event
from governance.permissions import Permission

if TYPE_CHECKING:
    from governance.access import Person, Scope

_BYTES = models.BinaryField()


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """What people ask of the trail; a period comes first, because it says which months have to be looked into."""

    def visible_to(self, user: "Person") -> Self:
        """Those of Collections on which `user` may read the trail; those of none, only for who may on all."""
        from governance.access import scope_of  # noqa: PLC0415 - access stands on the models

        return self.within(scope_of(user, Permission.AUDIT_READ))

    def within(self, scope: "Scope") -> Self:
        return self if scope.everywhere else self.filter(collection_id__in=scope.ids)

    def recorded_between(self, begin: datetime, end: datetime) -> Self:
        """Those from `begin` on and before `end`."""
        return self.filter(recorded_at__gte=begin, recorded_at__lt=end)

    def of_kinds(self, kinds: Iterable[str]) -> Self:
        return self.filter(event__in=list(kinds))

    def by_people(self, ids: Iterable[int], *, or_nobody: bool = False) -> Self:
        """Those of these people, and of the installation itself and whoever was not signed in with `or_nobody`."""
        nobody = Q(actor_id__isnull=True) if or_nobody else Q(pk__in=[])
        return self.filter(Q(actor_id__in=list(ids)) | nobody)

    def about(self, names: Iterable[str]) -> Self:
        """Those about any of these objects, each named as `study:4711`."""
        return self.filter(participant_objects__overlap=list(names))

    def about_patient(self, hashed: str) -> Self:
        """Those about the patient of this keyed hash (governance/patient_hash.py)."""
        return self.filter(patients__contains=[hashed])

    def beside_the_trail(self) -> Self:
        """Those that are more than a look at the trail itself, or a file of it."""
        return self.exclude(event__in=[Event.AUDIT_READ, Event.AUDIT_EXPORTED])

    def through(self, channels: Iterable[str]) -> Self:
        return self._saying("channel", channels)

    def shown(self, credentials: Iterable[str]) -> Self:
        """Those for which any of these sessions, tokens or accounts was shown."""
        return self._saying("credential", credentials)

    def _saying(self, member: str, values: Iterable[str]) -> Self:
        """Those whose bytes have any of these texts for a member that stands before `detail`.

        Compared as bytes, nine times as fast as reading the JSON. It is exact: names are sorted (RFC 8785), so the
        first occurrence is the event's own member, and a quotation mark inside a text is never written without a
        backslash.
        """
        name = f'"{member}":"'.encode()
        place = Func(Value(name), F("payload"), function="position", arg_joiner=" IN ")
        wanted = Q(pk__in=[])
        for value in values:
            text = name + f'{value}"'.encode()
            said = Func(F("payload"), place, Value(len(text)), function="substring", output_field=_BYTES)
            wanted |= Q(Exact(said, Value(text, output_field=_BYTES)))
        return self.filter(wanted)

    def purposes(self) -> list[tuple[str, int]]:
        """Count by the purpose that was stated, the most frequent first; events without one are left out."""
        stated = Func(
            F("payload"),
            template="convert_from(%(expressions)s, 'UTF8')::jsonb ->> 'purpose'",
            output_field=models.TextField(),
        )
        counted = self.order_by().annotate(stated=stated).exclude(stated="").values_list("stated")
        return list(counted.annotate(n=models.Count("*")).order_by("-n", "stated"))

    def by(self, column: str) -> list[tuple[Any, int]]:
        """Count by a column's value, the most frequent first."""
        counted = self.order_by().values_list(column).annotate(n=models.Count("*"))
        return list(counted.order_by("-n", column))


class AuditEvent(models.Model):
    """One thing that was done, refused or failed: `payload` is the truth, the columns beside it find it.

    `leaf_hash` is computed by PostgreSQL (RFC 6962 section 2.1). The row gets its place in the tree when it is
    sealed, not when it is written: see AuditLeaf.
    """

    id = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()
    payload = models.BinaryField()
    leaf_hash = models.BinaryField()
    event = models.TextField()
    outcome = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    collection_id = models.BigIntegerField(null=True)
    correlation = models.TextField()
    patients = ArrayField(models.TextField())
    participant_objects = ArrayField(models.TextField())

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "governance_audit_event"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

    @property
    def told(self) -> dict[str, Any]:
        """What the event says, from its own bytes."""
        told: dict[str, Any] = orjson.loads(bytes(self.payload))
        return told


class AuditLeaf(models.Model):
    """The place of a sealed event: positions count from 0 without gaps."""

    position = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField(unique=True)
    recorded_at = models.DateTimeField()
    leaf_hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "governance_audit_leaf"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.position)


class AuditCheckpoint(models.Model):
    """A signed head of the tree (C2SP tlog-checkpoint): its first `size` events have this `root`."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    frontier = ArrayField(models.BinaryField())
    note = models.TextField()
    sealed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "governance_audit_checkpoint"
        default_permissions = ()
        ordering: ClassVar = ["size"]

    def __str__(self) -> str:
        return str(self.size)
