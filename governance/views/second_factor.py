"""Second factors: the step at sign-in, and the pages on which people set theirs up. The logic is django-allauth's."""

import json
from typing import Any

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from governance.entry.second_factor import SecondFactorAdapter, lacks_second_factor
from governance.views.caller import caller

OVERVIEW = reverse_lazy("mfa_index")


@method_decorator(login_not_required, name="dispatch")
class Step(AuthenticateView):
    """The second step of signing in."""

    template_name = "governance/second_factor_step.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        kinds = set(self.stage.login.user.authenticator_set.values_list("type", flat=True))
        options = _options(context, "request_options")
        return {**context, "has_app": "totp" in kinds, "has_key": "webauthn" in kinds, "options": options}


def overview(request: HttpRequest) -> HttpResponse:
    """List the second factors of whoever is signed in, and say whether they need one."""
    user = caller(request)
    found = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    codes = next((each for each in found if each.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "app": next((each for each in found if each.type == Authenticator.Type.TOTP), None),
        "keys": [each for each in found if each.type == Authenticator.Type.WEBAUTHN],
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "is_needed": lacks_second_factor(request, user),
        "is_off": settings.SECOND_FACTOR == "OFF",
    }
    return render(request, "governance/second_factors.html", context)


class AddApp(ActivateTOTPView):
    """Set up an authenticator app (TOTP, RFC 6238)."""

    template_name = "governance/second_factor_app.html"


class RemoveApp(DeactivateTOTPView):
    """Remove the authenticator app."""

    template_name = "governance/second_factor_remove.html"
    success_url = OVERVIEW


class AddKey(AddWebAuthnView):
    """Set up a security key (WebAuthn)."""

    template_name = "governance/second_factor_key.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        # Their view drops the form that was just refused, with what was wrong.
        return {**context, **kwargs, "options": _options(context, "creation_options")}


class RemoveKey(RemoveWebAuthnView):
    """Remove a security key, unless it is the last second factor of somebody who must have one."""

    template_name = "governance/second_factor_remove.html"
    success_url = OVERVIEW

    def form_valid(self, form: Any) -> HttpResponse:
        if not SecondFactorAdapter().can_delete_authenticator(self.get_object()):
            messages.error(self.request, _("Your role needs a second factor: set up another one first."))
            return HttpResponseRedirect(str(OVERVIEW))
        answer: HttpResponse = super().form_valid(form)
        return answer


class Codes(ViewRecoveryCodesView):
    """The recovery codes, once."""

    template_name = "governance/recovery_codes.html"


class NewCodes(GenerateRecoveryCodesView):
    """Make new recovery codes; the old ones are worth nothing then."""

    template_name = "governance/recovery_codes_new.html"


class PasswordAgain(ReauthenticateView):
    """Ask for the password again before what matters."""

    template_name = "governance/confirm.html"


class CodeAgain(CodeAgainView):
    """Ask for a code again before what matters."""

    template_name = "governance/confirm.html"


class KeyAgain(ReauthenticateWebAuthnView):
    """Ask for the security key again before what matters."""

    template_name = "governance/confirm.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "options": _options(context, "request_options")}

    def form_invalid(self, form: Any) -> HttpResponse:  # noqa: ARG002 - Django calls it so
        messages.error(self.request, _("The answer of the key could not be used. Try again."))
        return HttpResponseRedirect(self.request.get_full_path())


def _options(context: dict[str, Any], name: str) -> str:
    """What the browser is asked, as JSON for the custom element."""
    asked = context.get("js_data", {}).get(name)
    return json.dumps(asked, default=dict) if asked else ""
