"""What the frame of every page says of the lens: whether one is open, on what, and for how long still."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from catalog.models import Patient, Source, Study
from catalog.sight import sight_of
from governance.models import Lens

_MODELS: dict[str, Any] = {
    Lens.Scope.STUDY: Study,
    Lens.Scope.PATIENT: Patient,
    Lens.Scope.QUEUE: Source,
}


def lens(request: HttpRequest) -> dict[str, Any]:
    """Context processor for templates/components/phi_pill.html."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    opened = sight_of(request).lens
    if opened is None:
        return {}
    target = _MODELS[opened.scope].objects.filter(pk=opened.scope_id).first()
    seconds = int((opened.closes_at - timezone.now()).total_seconds())
    return {"lens": opened, "lens_target": target, "lens_seconds": max(0, seconds)}
