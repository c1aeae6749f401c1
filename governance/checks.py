"""What `manage.py check` says of this installation's settings, beside Django's own checks.

Those that hold for installations which serve people run with --deploy; tests/governance/test_deploy_checks.py holds the
deployed configuration to have none of them.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004 - Django's name for it

LEAST_SECRET = 50


@register(Tags.security)
def known_passwords_behind_tls(**_told: Any) -> list[CheckMessage]:
    """The demo's passwords are printed for everybody, and debugging shows the values of a failing page."""
    found: list[CheckMessage] = []
    if settings.BEHIND_TLS and settings.DEMO:
        hint = "Unset ISOCENTER_DEMO, or serve the demo on this machine only."
        found.append(
            Error("The demo's known passwords are served to others.", hint=hint, id="isocenter.E001")
        )
    if settings.BEHIND_TLS and settings.DEBUG:
        hint = "Unset ISOCENTER_DEBUG."
        found.append(Error("Pages that fail show values to others.", hint=hint, id="isocenter.E002"))
    return found


@register(Tags.security, deploy=True)
def keys_of_an_installation(**_told: Any) -> list[CheckMessage]:
    """Every key is set, long enough, and where it belongs."""
    return list(_keys())


def _keys() -> Iterator[CheckMessage]:
    if len(settings.SECRET_KEY) < LEAST_SECRET:
        hint = f"`openssl rand -hex 32` makes one; at least {LEAST_SECRET} characters."
        yield Error("ISOCENTER_SECRET_KEY is too short.", hint=hint, id="isocenter.E003")
    if not settings.SECRETS_KEYS:
        hint = "`openssl rand -base64 32` makes one; docs/security.md says where to keep it."
        yield Error(
            "ISOCENTER_SECRETS_KEY is not set: nothing can be sealed.", hint=hint, id="isocenter.E004"
        )
    if settings.AUDIT_KEY and settings.AUDIT_PUBLIC_KEY:
        hint = "Give ISOCENTER_AUDIT_KEY to the sealer only; everybody else needs ISOCENTER_AUDIT_PUBLIC_KEY."
        yield Warning("The key that signs the audit trail is here as well.", hint=hint, id="isocenter.W005")
    if not (settings.AUDIT_KEY or settings.AUDIT_PUBLIC_KEY):
        hint = "`openssl pkey -pubout` prints the public half of the key that signs."
        yield Warning("Nothing here can verify the audit trail.", hint=hint, id="isocenter.W006")


@register(Tags.security, deploy=True)
def what_others_can_reach(**_told: Any) -> list[CheckMessage]:
    """Sources, hosts and the database are narrowed to what is meant."""
    return list(_reach())


def _reach() -> Iterator[CheckMessage]:
    if not settings.SOURCE_ROOTS:
        hint = "Name the folders that hold DICOM in ISOCENTER_SOURCE_ROOTS."
        yield Warning("Sources may lie wherever the worker may read.", hint=hint, id="isocenter.W007")
    if "*" in settings.ALLOWED_HOSTS:
        hint = "Name the hosts in ISOCENTER_ALLOWED_HOSTS."
        yield Error("Any Host header is believed.", hint=hint, id="isocenter.E008")
    if not settings.BEHIND_TLS:
        hint = "Put a proxy with a certificate in front, and say ISOCENTER_BEHIND_TLS=yes."
        yield Warning("Passwords and pages travel without encryption.", hint=hint, id="isocenter.W009")
    if _crosses_a_network(settings.REDIS_URL) and not urlsplit(settings.REDIS_URL).password:
        hint = "Set a password, and use rediss:// where others share the network."
        yield Warning("The broker asks for no password.", hint=hint, id="isocenter.W010")


def _crosses_a_network(url: str, own: Sequence[str] = ("localhost", "127.0.0.1", "::1")) -> bool:
    parts = urlsplit(url)
    return parts.scheme != "unix" and (parts.hostname or "localhost") not in own
