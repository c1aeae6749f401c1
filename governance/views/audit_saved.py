"""Questions to the trail that somebody keeps under a name."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from governance.actions.keep_audit_view import MOST_VIEWS, TooManyViews, drop_audit_view, keep_audit_view
from governance.gate import needs
from governance.models import User
from governance.permissions import Permission
from governance.trail.question import Question
from governance.views.audit_events import events_url


@require_POST
@sensitive_post_parameters("name")
@needs(Permission.AUDIT_READ)
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the filters at hand under a name; the address is read again, so that nothing else is kept."""
    query = Question.of(QueryDict(request.POST.get("query", "")), request.user).query()
    name = " ".join(request.POST.get("name", "").split())
    if isinstance(request.user, User) and name.isprintable() and name:
        try:
            keep_audit_view(request.user, name, query)
            messages.success(request, _("The view is kept."))
        except TooManyViews:
            messages.error(request, _("You keep %(n)d views already. Remove one first.") % {"n": MOST_VIEWS})
    else:
        messages.warning(request, _("A view needs a name."))
    return HttpResponseRedirect(events_url(query))


@require_POST
@needs(Permission.AUDIT_READ)
def drop(request: HttpRequest) -> HttpResponse:
    """Forget a view, and stay with the filters at hand."""
    if isinstance(request.user, User):
        drop_audit_view(request.user, request.POST.get("name", ""))
        messages.success(request, _("The view is removed."))
    return HttpResponseRedirect(
        events_url(Question.of(QueryDict(request.POST.get("query", "")), request.user).query())
    )
