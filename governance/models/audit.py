"""The audit trail as it is read; migration 0004 made the tables, and nothing here can change a row of them."""

from typing import Any, ClassVar

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models


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
