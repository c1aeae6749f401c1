"""What the frame of every page needs: navigation filtered by permission, preferences, the demo banner."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from governance.access import Person, can_anywhere
from governance.entry.auditor import audit_scope_of
from governance.glass import open_glass_of
from governance.permissions import Permission
from governance.preferences import preferences_of


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation: a URL name, so that governance imports nothing above it.

    `prefix` begins the paths for which the entry is shown as the current one; `key` follows `g`. Without a permission
    it is everybody's who is signed in.
    """

    title: object
    url_name: str
    prefix: str
    icon: str
    key: str
    permission: Permission | None = None

    def is_current(self, path: str) -> bool:
        return path == self.prefix if self.prefix == "/" else path.startswith(self.prefix)


PLACES = (
    Place(_("Home"), "catalog:home", "/", "home", "h"),
    Place(_("Catalog"), "catalog:studies", "/studies", "catalog", "c", Permission.CATALOG_READ),
    Place(_("Patients"), "catalog:patients", "/patients", "patients", "p", Permission.CATALOG_READ),
    Place(_("Sources"), "catalog:sources", "/sources", "sources", "s", Permission.SOURCE_READ),
    Place(
        _("Quarantine"), "catalog:quarantine", "/quarantine", "quarantine", "q", Permission.QUARANTINE_READ
    ),
    Place(_("Audit"), "audit:events", "/audit", "audit", "l", Permission.AUDIT_READ),
    Place(_("Access"), "access:overview", "/access", "key", "a"),
    Place(_("People"), "people", "/people", "people", "u", Permission.USER_READ),
    Place(_("Status"), "catalog:status", "/status", "status", "t", Permission.SOURCE_READ),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A Place as one page shows it."""

    place: Place
    is_current: bool


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor for templates/base.html."""
    user = getattr(request, "user", None)
    links = [
        Link(place, place.is_current(request.path))
        for place in PLACES
        if user is not None and _is_open_to(user, place)
    ]
    return {
        "links": links,
        "may_see_tasks": user is not None and can_anywhere(user, Permission.SOURCE_READ),
        "preferences": preferences_of(user),
        "is_demo": settings.DEMO,
        "glass": open_glass_of(user),
        "audit_scope": audit_scope_of(user),
    }


def _is_open_to(user: Person, place: Place) -> bool:
    return user.is_authenticated if place.permission is None else can_anywhere(user, place.permission)
