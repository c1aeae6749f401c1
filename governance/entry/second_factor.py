"""Second factors: who must have one, who has, and how their secrets are kept."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from governance import vault
from governance.models import Grant, User
from governance.people import hands_of

# Set at sign-in when the identity provider has asked for a second factor, and we take its word.
BY_PROVIDER = "second_factor_by_provider"
_TYPES = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=_TYPES).exists())


def must_have_second_factor(user: User) -> bool:
    """Whether a role that they hold now asks for one, or they can break the glass.

    They hold it themselves, through a group, or by a program that they answer for: they make its tokens.
    """
    if settings.SECOND_FACTOR == "ROLES" and not user.is_superuser:
        asking = Grant.objects.in_force(timezone.now()).filter(role__needs_second_factor=True)
        hands = hands_of(user)
        return asking.filter(Q(user__in=hands) | Q(group__user__in=hands)).exists()
    return bool(settings.SECOND_FACTOR in {"ROLES", "ALL"})


def lacks_second_factor(request: HttpRequest, user: User) -> bool:
    """Whether this session has to set one up before it may do anything else."""
    return not request.session.get(BY_PROVIDER) and lacks_own_factor(user)


def lacks_own_factor(user: User) -> bool:
    """Whether somebody must have a second factor and has none of their own; it is asked of tokens as it is of sessions.

    A program has none by design: its tokens are all it has, and who makes them had to have a second factor.
    """
    if settings.SECOND_FACTOR == "OFF" or user.kind == User.Kind.SERVICE:
        return False
    return must_have_second_factor(user) and not has_second_factor(user)


class SecondFactorAdapter(DefaultMFAAdapter):
    """django-allauth's second factors, with secrets that a copy of the database does not open."""

    def encrypt(self, text: str) -> str:
        return vault.seal(vault.SECOND_FACTOR, text)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(vault.SECOND_FACTOR, encrypted_text)

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def get_totp_issuer(self) -> str:
        return "Isocenter"

    def _get_site_name(self) -> str:
        return "Isocenter"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Refuse to leave somebody without a second factor who must have one."""
        others = Authenticator.objects.filter(user=authenticator.user_id, type__in=_TYPES)
        if others.exclude(pk=authenticator.pk).exists():
            return True
        return settings.SECOND_FACTOR == "OFF" or not must_have_second_factor(authenticator.user)


class SecondFactorStage(AuthenticateStage):
    """Asks for the second factor after the first, unless the provider asked for one whose word we take."""

    def _should_handle(self, request: HttpRequest) -> bool:
        if request.session.get(BY_PROVIDER):
            return False
        asks: Any = super()._should_handle(request)
        return bool(asks)
