"""What the frame of every page needs: navigation filtered by permission, the demo banner."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from governance.access import can_anywhere
from governance.permissions import Permission


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation: a URL name, so that governance imports nothing above it."""

    title: object
    url_name: str
    key: str
    permission: Permission


PLACES = (
    Place(_("Home"), "home", "h", Permission.CATALOG_READ),
    Place(_("Catalog"), "catalog:studies", "c", Permission.CATALOG_READ),
    Place(_("Sources"), "catalog:sources", "s", Permission.SOURCE_READ),
    Place(_("Quarantine"), "catalog:quarantine", "q", Permission.QUARANTINE_READ),
)


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor for templates/base.html."""
    user = getattr(request, "user", None)
    places = [place for place in PLACES if user is not None and can_anywhere(user, place.permission)]
    return {"places": places, "is_demo": settings.DEMO}
