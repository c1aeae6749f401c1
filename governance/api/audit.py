"""The audit trail as resources: events, and the signed heads over them; reading them is itself an event."""

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import orjson
from django.db.models import F, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance import things
from governance.access import can
from governance.actions.record import Thing
from governance.actions.record_reading import record_reading
from governance.api.paging import Sort
from governance.api.parameters import LARGEST, Filter, Kind, Parameter, moment, one_of, whole_number, words
from governance.api.selection import SelectableSerializer
from governance.api.views import ReadOnlyResource
from governance.audit.events import Outcome
from governance.audit.origin import Channel
from governance.models import AuditCheckpoint, AuditEvent
from governance.permissions import Permission
from governance.trail.filters import done_by
from governance.trail.period import EARLIEST, LATEST, Span
from governance.usernames import LONGEST_IN_ADDRESS

DEFAULT_SPAN = Span.WEEK
_ID = {"type": "integer", "format": "int64", "minimum": 0, "maximum": LARGEST}
_HEX = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def _like(pattern: str, must_be: str) -> Kind:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return Kind({"type": "string", "pattern": f"^{pattern}$"}, parse, must_be)


def _object(text: str) -> str:
    named = things.named_by(text) if text.isascii() else None
    if named is None:
        raise ValueError
    return named


def _any_of(name: str, kind: Kind, what: str, apply: Callable[[Any, list[Any]], Any]) -> Filter:
    return Filter(
        name=name,
        kind=kind,
        repeatable=True,
        description=f"{what} Given several times, any of them.",
        apply=apply,
    )


FILTERS = (
    _any_of(
        "person",
        words(LONGEST_IN_ADDRESS),
        "Only what this person did, by user name; `-` is whoever was not signed in.",
        done_by,
    ),
    _any_of(
        "event",
        _like(r"[a-z_]{1,40}\.[a-z_]{1,40}", "an event's name, such as catalog.viewed"),
        "Only events of this name, such as `catalog.viewed`.",
        lambda rows, values: rows.of_kinds(values),
    ),
    _any_of(
        "outcome",
        one_of([each.value for each in Outcome]),
        "Only those that ended so.",
        lambda rows, values: rows.filter(outcome__in=values),
    ),
    _any_of(
        "collection",
        whole_number(),
        "Only those of this collection, by its id.",
        lambda rows, values: rows.filter(collection_id__in=values),
    ),
    _any_of(
        "channel",
        one_of([each.value for each in Channel]),
        "Only those that came in this way.",
        lambda rows, values: rows.through(values),
    ),
    _any_of(
        "object",
        Kind(
            {"type": "string", "format": "audit-object", "minLength": 3, "maxLength": 64},
            _object,
            "an object as events name it, such as study:CT-7F3K5 or source:3; or a code",
        ),
        "Only those about this object: a code such as `CT-7F3K5`, or kind and number such as `source:3`.",
        lambda rows, values: rows.about(values),
    ),
    _any_of(
        "correlation",
        _like("[0-9a-f]{12,32}", "the id of a request, as its response carried it"),
        "Only those of this request.",
        lambda rows, values: rows.filter(correlation__in=values),
    ),
    _any_of(
        "credential",
        _like("(account|session|token):[0-9a-f]{1,64}", "a credential as events name it, such as token:7"),
        "Only those for which this session, token or account was shown.",
        lambda rows, values: rows.shown(values),
    ),
)
PERIOD = (
    Parameter(
        name="since",
        kind=moment(),
        description="Only those recorded then or later; when not given, of the 7 days before `before`.",
    ),
    Parameter(name="before", kind=moment(), description="Only those recorded before; now, when not given."),
)


class AuditEventSerializer(SelectableSerializer):
    """One event of the audit trail. `payload` is what was sealed; the members beside it find it."""

    id = serializers.IntegerField(read_only=True, min_value=0, max_value=LARGEST)
    recorded_at = serializers.DateTimeField(read_only=True)
    event = serializers.CharField(read_only=True, help_text="What happened, such as catalog.viewed.")
    outcome = serializers.CharField(read_only=True)
    actor = serializers.SerializerMethodField(
        help_text="The id of the account; null for the installation itself."
    )
    collection = serializers.SerializerMethodField()
    correlation = serializers.CharField(read_only=True)
    patients = serializers.SerializerMethodField(help_text="Keyed hashes of the patients that it is about.")
    objects = serializers.SerializerMethodField(help_text="What it is about, as kind:number or kind:code.")
    leaf_hash = serializers.SerializerMethodField(
        help_text="SHA-256 over 0x00 and the payload's canonical form (RFC 8785, RFC 6962 section 2.1)."
    )
    payload = serializers.SerializerMethodField(
        help_text="The whole event; null where its bytes were changed into something that is none."
    )

    @extend_schema_field({"oneOf": [_ID, {"type": "null"}]})
    def get_actor(self, row: AuditEvent) -> int | None:
        return row.actor_id

    @extend_schema_field({"oneOf": [_ID, {"type": "null"}]})
    def get_collection(self, row: AuditEvent) -> int | None:
        return row.collection_id

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_patients(self, row: AuditEvent) -> list[str]:
        return row.patients

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_objects(self, row: AuditEvent) -> list[str]:
        return row.participant_objects

    @extend_schema_field(_HEX)
    def get_leaf_hash(self, row: AuditEvent) -> str:
        return bytes(row.leaf_hash).hex()

    @extend_schema_field({"oneOf": [{"type": "object", "additionalProperties": True}, {"type": "null"}]})
    def get_payload(self, row: AuditEvent) -> dict[str, Any] | None:
        try:
            told = row.told
        except orjson.JSONDecodeError:
            return None
        return told if isinstance(told, dict) else None


class AuditCheckpointSerializer(SelectableSerializer):
    """A signed head of the tree: its first `size` events have this root hash."""

    size = serializers.IntegerField(read_only=True, min_value=0, max_value=LARGEST)
    root_hash = serializers.SerializerMethodField()
    note = serializers.CharField(read_only=True, help_text="The signed note (C2SP tlog-checkpoint).")
    sealed_at = serializers.DateTimeField(read_only=True)

    @extend_schema_field(_HEX)
    def get_root_hash(self, row: AuditCheckpoint) -> str:
        return bytes(row.root).hex()


class AuditEvents(ReadOnlyResource):
    """Events of the audit trail, the newest first. A list is always of a period: the last 7 days, when none is given.

    Whoever may read the trail of some collections sees events of those. Each request is an event itself.
    """

    permission = Permission.AUDIT_READ
    queryset = AuditEvent.objects.all()
    serializer_class = AuditEventSerializer
    filters = FILTERS
    sorts: ClassVar[Sequence[Sort]] = (Sort("recorded", "recorded_at"),)
    default_sort = "-recorded"

    def parameters(self) -> list[Parameter]:
        return [*(PERIOD if self.action == "list" else ()), *super().parameters()]

    def get_queryset(self) -> QuerySet[AuditEvent]:
        rows = super().get_queryset()
        if self.action != "list":
            return rows
        end = min(self.given["before"] or timezone.now(), LATEST)
        begin = self.given["since"] or max(end, EARLIEST + DEFAULT_SPAN.length) - DEFAULT_SPAN.length
        return rows.filter(recorded_at__gte=begin, recorded_at__lt=end)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().list(request, *args, **kwargs)
        given = [[name, str(value)] for name, value in self.given.items() if value is not None]
        record_reading(self.caller, "api", filter=given, rows=len(answer.data["results"]))
        return answer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().retrieve(request, *args, **kwargs)
        record_reading(self.caller, "api", things=[Thing("event", int(kwargs["pk"]))])
        return answer


class AuditCheckpoints(ReadOnlyResource):
    """Signed heads of the audit trail. They are of the whole trail, and there for those who may read all of it."""

    permission = Permission.AUDIT_READ
    # A head goes by its size.
    queryset = AuditCheckpoint.objects.annotate(id=F("size")).order_by()
    serializer_class = AuditCheckpointSerializer

    def visible_rows(self) -> QuerySet[AuditCheckpoint]:
        heads: QuerySet[AuditCheckpoint] = self.queryset.all()
        return heads if can(self.caller, Permission.AUDIT_READ) else heads.none()
