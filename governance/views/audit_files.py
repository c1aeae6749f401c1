"""The trail taken away: exactly what is shown, or all of a period with its proofs."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import require
from governance.actions.record_reading import record_taking
from governance.anchors.anchor import Unavailable
from governance.exports import Receipt, attachment, zipped_with_receipt
from governance.gate import needs
from governance.permissions import Permission
from governance.trail import export
from governance.trail.files import FORMS, Form
from governance.trail.keys import NoKey, verifying_key
from governance.trail.question import Question


@needs(Permission.AUDIT_EXPORT)
def events_file(request: HttpRequest, form: str) -> HttpResponseBase:
    """Stream every event that the address asks for, as far as the reader may take it away."""
    question = Question.of(request.GET, request.user)
    if not question.surroundings.scope:
        raise PermissionDenied(f"This page needs the permission {Permission.AUDIT_READ.value}.")
    if not question.is_complete:
        raise Http404
    return send(request, question, form, "audit-events")


def send(request: HttpRequest, question: Question, key: str, stem: str) -> HttpResponseBase:
    """Record what is taken, with how many events that is, and stream it; with `receipt`, in a ZIP beside a receipt."""
    if key not in FORMS:
        raise Http404
    form, rows, receipt = FORMS[key], question.exportable, Receipt()
    filters = question.in_words()
    record_taking(request.user, key, rows.count(), patient=question.patient, filter=filters)
    pieces = form.pieces(question, rows, receipt)
    name = f"{stem}{form.suffix}"
    if "receipt" not in request.GET:
        return attachment(pieces, form.content_type, name)
    made_by = request.user.get_username()
    zipped = zipped_with_receipt(name, pieces, lambda: _receipt(form, name, filters, receipt, made_by))
    return attachment(zipped, "application/zip", f"{stem}.zip")


def _receipt(
    form: Form, name: str, filters: list[list[str]], receipt: Receipt, made_by: str
) -> Mapping[str, object]:
    return {
        "file": name,
        "form": form.key,
        "events": receipt.rows,
        "sha256": receipt.digest.hexdigest(),
        "filters": filters,
        "order": "newest first",
        "made_at": timezone.now().isoformat(timespec="seconds"),
        "made_by": made_by,
        "note": "Events are those that this person may take away. Patients are keyed hashes.",
    }


@needs(Permission.AUDIT_EXPORT)
def bundle(request: HttpRequest) -> HttpResponseBase:
    """Send all sealed events of some days with their proofs: a file that is verified without this installation."""
    require(request.user, Permission.AUDIT_EXPORT)
    begin, end = (request.GET.get(name, "").strip() or None for name in ("from", "to"))
    # Whatever happens, nothing stays behind; an open file keeps its bytes when its name goes.
    with tempfile.TemporaryDirectory(prefix="isocenter-bundle-") as folder:
        target = Path(folder) / "bundle.zip"
        try:
            events = export.write(target, verifying_key(), begin=begin, end=end)
        except (export.NothingToExport, NoKey, Unavailable) as error:
            messages.error(request, _("No bundle was made. %(why)s") % {"why": error})
            return HttpResponseRedirect(reverse("audit:verify"))
        record_taking(request.user, "bundle", events, **{"from": begin or "", "to": end or ""})
        return FileResponse(target.open("rb"), as_attachment=True, filename=_bundle_name(begin, end))


def _bundle_name(begin: str | None, end: str | None) -> str:
    return f"audit-bundle-{begin or 'beginning'}-{end or f'{timezone.now():%Y-%m-%d}'}.zip"
