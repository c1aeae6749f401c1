"""What we tell django-allauth about accounts: nobody registers, nothing is mailed, and who may sign in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from governance.entry.backend import may_sign_in
from governance.middleware import address_of
from governance.models import User

# The messages of django-allauth that tell somebody something, in our words.
_SAID = {
    "mfa/messages/totp_activated.txt": _("Your authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": _("Your authenticator app was removed."),
    "mfa/messages/webauthn_added.txt": _("Your security key is set up."),
    "mfa/messages/webauthn_removed.txt": _("The security key was removed."),
}


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by invitation or on the command line."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - django-allauth calls it so
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - django-allauth calls it so
        return reverse("catalog:home")

    def get_login_stages(self) -> list[str]:
        return ["governance.entry.second_factor.SecondFactorStage"]

    def is_safe_url(self, url: str | None) -> bool:
        """Whether an address is one of ours."""
        return url_has_allowed_host_and_scheme(url, {self.request.get_host()})

    def pre_login(self, _request: HttpRequest, user: Any, **_told: Any) -> HttpResponse | None:
        if isinstance(user, User) and may_sign_in(user):
            return None
        return HttpResponseRedirect(reverse("sign-in"))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,  # noqa: ARG002 - django-allauth calls it so
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        said = message or _SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, str(said), extra_tags=extra_tags)
