"""What the frame of every page needs: navigation filtered by permission, preferences, the demo banner."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from governance.access import can_anywhere
from governance.permissions import Permission
from governance.preferences import preferences_of


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation: a URL name, so that governance imports nothing above it.

    `prefix` begins the paths for which the entry is shown as the current one; `key` follows `g`.
    """

    title: object
    url_name: str
    prefix: str
    icon: str
    key: str
    permission: Permission

    def is_current(self, path: str) -> bool:
        return path == self.prefix if self.prefix == "/" else path.startswith(self.prefix)


PLACES = (
    Place(_("Home"), "catalog:home", "/", "home", "h", Permission.CATALOG_READ),
    Place(_("Catalog"), "catalog:studies", "/studies", "catalog", "c", Permission.CATALOG_READ),
    Place(_("Patients"), "catalog:patients", "/patients", "patients", "p", Permission.CATALOG_READ),
    Place(_("Sources"), "catalog:sources", "/sources", "sources", "s", Permission.SOURCE_READ),
    Place(
        _("Quarantine"), "catalog:quarantine", "/quarantine", "quarantine", "q", Permission.QUARANTINE_READ
    ),
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
        if user is not None and can_anywhere(user, place.permission)
    ]
    return {"links": links, "preferences": preferences_of(user), "is_demo": settings.DEMO}
