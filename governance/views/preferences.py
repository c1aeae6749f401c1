"""How somebody likes the pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from governance.actions.keep_preference import keep_preference
from governance.models import User
from governance.preferences import CHOICES


@require_POST
def prefer(request: HttpRequest) -> HttpResponse:
    """Keep the choices of the form that are known ones, and go back to where the person was."""
    if isinstance(request.user, User):
        for name, values in CHOICES.items():
            value = request.POST.get(name)
            if value in set(values):
                keep_preference(request.user, name, str(value))
    return HttpResponseRedirect(_local(request, request.POST.get("next", "")))


def _local(request: HttpRequest, address: str) -> str:
    """Return `address` when it is ours, else the home page."""
    if url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=settings.BEHIND_TLS):
        return address
    return "/"
