"""Breaking the glass: setting the rules aside, ending that, and looking at what was done."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from governance.access import can, can_anywhere
from governance.actions.break_glass import break_glass, mend_glass
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.forms.access import GlassForm
from governance.gate import needs
from governance.glass import open_glass_of
from governance.keyset import Order
from governance.models import AuditEvent, BreakGlass, User
from governance.permissions import Permission
from governance.views.access.frame import page, refusals_in, rows_of, signed_in

LATEST = Order("opened", gettext_lazy("Opened last"))
MOST_EVENTS = 500


def glass(request: HttpRequest) -> HttpResponse:
    """Let a superuser break the glass; show them their own, and all to those who oversee all access."""
    user = signed_in(request)
    if not user.is_superuser and not can(user, Permission.ACCESS_READ):
        raise Http404
    form = GlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            break_glass(user, **form.cleaned_data)
            messages.warning(request, _("The rules are set aside for you. Everything you open is recorded."))
            return HttpResponseRedirect(reverse("access:glass"))
    context = {
        **rows_of(request, _seen(user).select_related("user"), LATEST),
        "form": form,
        "may_break": user.is_superuser and open_glass_of(user) is None,
    }
    return page(request, "glass", context, tab="overview", status=422 if form.errors else 200)


@require_POST
def mend(request: HttpRequest) -> HttpResponse:
    """End one's own before its time."""
    user = signed_in(request)
    found = open_glass_of(user)
    if found is not None and mend_glass(found):
        messages.success(request, _("Ended. The rules hold for you again."))
    return HttpResponseRedirect(reverse("access:overview"))


@needs(Permission.ACCESS_READ)
def glass_detail(request: HttpRequest, glass_id: int) -> HttpResponse:
    """Show what was done under one broken glass. Looking is recorded: it reads the audit trail."""
    user = signed_in(request)
    row = get_object_or_404(_seen(user).select_related("user"), pk=glass_id)
    thing = Thing("break_glass", row.pk)
    events = AuditEvent.objects.filter(participant_objects__contains=[f"{thing.kind}:{thing.id}"]).order_by(
        "id"
    )
    found = list(events[:MOST_EVENTS])
    record(Event.AUDIT_READ, actor=user, things=(thing,), detail={"events": len(found)})
    context = {
        "glass": row,
        "events": [(event, event.told["detail"]) for event in found],
        "may_read_audit": can_anywhere(user, Permission.AUDIT_READ),
    }
    return page(request, "glass_detail", context, tab="overview")


def _seen(user: User) -> QuerySet[BreakGlass]:
    if can(user, Permission.ACCESS_READ):
        return BreakGlass.objects.all()
    return BreakGlass.objects.filter(user=user)
