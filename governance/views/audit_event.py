"""One event: every field in words, its canonical bytes, its place in the tree, its proof and its other forms."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.record import Thing
from governance.actions.record_reading import record_reading, record_taking
from governance.audit.merkle import leaf_hash
from governance.gate import needs
from governance.models import AuditCheckpoint, AuditEvent, AuditLeaf
from governance.permissions import Permission
from governance.trail.filters import Surroundings
from governance.trail.formats import FORMATS, NotExportable
from governance.trail.lines import lines_of
from governance.trail.period import Period
from governance.trail.proofs import NotSealed, prove_event
from governance.trail.question import Question
from governance.trail.words import CHANNELS
from governance.views.audit_events import events_url

SHOWN_RELATED = 20
# What a request sets off is done within a day of it.
_A_DAY = timedelta(days=1)


@needs(Permission.AUDIT_READ)
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """Show one event that the reader may see."""
    row = get_object_or_404(AuditEvent.objects.visible_to(request.user), pk=event_id)
    surroundings = Surroundings(request.user)
    line = lines_of([row], surroundings)[0]
    payload = bytes(row.payload)
    context = {
        "line": line,
        "event": row,
        "canonical": payload.decode(errors="replace"),
        "indented": _indented(payload),
        "detail": _detail(line.told.detail) if line.told else [],
        "leaf_hash": bytes(row.leaf_hash).hex(),
        "sealed": _sealed(row),
        "forms": _forms(row),
        "related": _related(row, surroundings),
        "channels": CHANNELS,
        "api": f"/api/audit-events/{row.pk}/",
        "cli": f"./isocenter audit prove --event {row.pk}",
    }
    record_reading(request.user, "event", things=[Thing("event", row.pk)])
    return render(request, "governance/audit_event.html", context)


@needs(Permission.AUDIT_READ)
def proof(request: HttpRequest, event_id: int) -> HttpResponse:
    """Send the file that shows an event to be under the newest signed head, to whoever trusts nobody here."""
    row = get_object_or_404(AuditEvent.objects.visible_to(request.user), pk=event_id)
    try:
        told = prove_event(row.pk)
    except NotSealed:
        messages.info(request, _("The event is not sealed yet. That takes some seconds."))
        return HttpResponseRedirect(reverse("audit:event", args=[row.pk]))
    record_taking(request.user, "proof", 1, event=row.pk)
    name = f'attachment; filename="audit-event-{row.pk}-proof.json"'
    return HttpResponse(told, content_type="application/json", headers={"Content-Disposition": name})


@needs(Permission.AUDIT_READ)
def at_position(request: HttpRequest, position: int) -> HttpResponse:
    """Go to the event at a place of the tree, which only those may count out who read the whole trail."""
    require(request.user, Permission.AUDIT_READ)
    leaf = AuditLeaf.objects.filter(position=position).first()
    if leaf is not None and AuditEvent.objects.filter(pk=leaf.event_id).exists():
        return HttpResponseRedirect(reverse("audit:event", args=[leaf.event_id]))
    head = AuditCheckpoint.objects.last()
    if head is None or position >= head.size:
        raise Http404
    messages.error(
        request,
        _("The event at position %(n)d is missing. It was there when the head was signed.") % {"n": position},
    )
    return HttpResponseRedirect(reverse("audit:verify"))


def _sealed(row: AuditEvent) -> dict[str, Any] | None:
    """Where the event lies, under which head, and whether its bytes are still those that were sealed."""
    leaf = AuditLeaf.objects.filter(event_id=row.pk).first()
    if leaf is None:
        return None
    is_same = bytes(leaf.leaf_hash) == leaf_hash(bytes(row.payload))
    head = AuditCheckpoint.objects.filter(size__gt=leaf.position).first()
    return {"position": leaf.position, "head": head, "is_same": is_same}


def _indented(payload: bytes) -> str:
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return ""


def _detail(detail: Any) -> list[tuple[str, str]]:
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in detail.items()
    ]


def _forms(row: AuditEvent) -> list[tuple[object, str]]:
    """The event in the words of DICOM and FHIR; an event whose bytes were changed has none."""
    try:
        texts = {key: b"".join(form.lines([row])).decode() for key, form in FORMATS.items() if key != "json"}
    except NotExportable:
        return []
    return [(FORMATS[key].title, _readable(text)) for key, text in texts.items()]


def _readable(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text.replace("><", ">\n<")


def _related(row: AuditEvent, surroundings: Surroundings) -> dict[str, Any] | None:
    """The other events of the same request, within a day of this one."""
    if not row.correlation:
        return None
    day = Period.between(row.recorded_at - _A_DAY, row.recorded_at + _A_DAY)
    same = AuditEvent.objects.within(surroundings.scope).recorded_between(day.begin, day.end)
    others = same.filter(correlation=row.correlation).exclude(pk=row.pk).order_by("recorded_at", "id")
    lines = lines_of(list(others[:SHOWN_RELATED]), surroundings)
    asked = QueryDict(urlencode({"correlation": row.correlation}))
    query = Question.of(asked, surroundings.user).of_period(day).query()
    return {"lines": lines, "url": events_url(query)}
