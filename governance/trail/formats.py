"""The forms in which audit events are handed out: as they are, as DICOM's messages, as FHIR's resources."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import orjson
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from governance.audit.dicom_messages import audit_message
from governance.audit.fhir_events import audit_event
from governance.audit.told import NotAnEvent, Told, read_payload
from governance.models import AuditEvent


class NotExportable(Exception):
    """An event's bytes are not those of an event; the message names it by its number."""


@dataclass(frozen=True, slots=True)
class Format:
    """A form of events: `key` names it in commands and addresses, `suffix` ends the file's name, with its dot.

    `lines(events)` yields the file, line by line, each with its newline; it takes events one at a time, and holds
    none of them. It raises NotExportable where an event's bytes were changed into something else.
    """

    key: str
    title: str | Promise
    content_type: str
    suffix: str
    lines: Callable[[Iterable[AuditEvent]], Iterator[bytes]]


def _told(events: Iterable[AuditEvent]) -> Iterator[Told]:
    for event in events:
        try:
            yield read_payload(bytes(event.payload))
        except NotAnEvent as error:
            raise NotExportable(f"Event {event.pk} cannot be exported; verify the trail. {error}") from None


def _as_written(events: Iterable[AuditEvent]) -> Iterator[bytes]:
    """The bytes of each event as they were hashed: SHA-256(0x00 || line) without its newline is the leaf's hash."""
    for event in events:
        yield bytes(event.payload) + b"\n"


def _as_messages(events: Iterable[AuditEvent]) -> Iterator[bytes]:
    """One XML document; each line between its first and its last is an AuditMessage, complete by itself."""
    yield b'<?xml version="1.0" encoding="UTF-8"?><AuditMessages>\n'
    for told in _told(events):
        yield audit_message(told, settings.AUDIT_ORIGIN) + b"\n"
    yield b"</AuditMessages>\n"


def _as_resources(events: Iterable[AuditEvent]) -> Iterator[bytes]:
    """One AuditEvent to a line: the NDJSON of FHIR's bulk data."""
    for told in _told(events):
        yield orjson.dumps(audit_event(told, settings.AUDIT_ORIGIN)) + b"\n"


FORMATS: dict[str, Format] = {
    each.key: each
    for each in (
        Format("json", _("Events as they were sealed"), "application/x-ndjson", ".ndjson", _as_written),
        Format("dicom", _("DICOM audit messages"), "application/xml", ".xml", _as_messages),
        Format("fhir", _("FHIR AuditEvents"), "application/fhir+ndjson", ".ndjson", _as_resources),
    )
}
