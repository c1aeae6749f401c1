"""Collections, which access is scoped to."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.permissions import Permission


class PrivacyClaim(models.TextChoices):
    """What a Collection says of itself; `unknown` is itself a finding."""

    IDENTIFIED = "identified", _("Identified")
    LIMITED = "limited", _("Limited data set")
    SAFE_HARBOR = "safe_harbor", _("De-identified, Safe Harbor")
    EXPERT = "expert", _("De-identified, expert determination")
    UNKNOWN = "unknown", _("Unknown")


class CollectionQuerySet(models.QuerySet["Collection"]):
    """What is asked of Collections beside whose they are."""

    def called(self, name: str) -> Self:
        """Those of this name, as the database tells names apart: capitals do not count."""
        return self.alias(lowered=Lower("name")).filter(lowered=Lower(Value(name.strip())))


class Collection(models.Model):
    """The unit of stewardship and access: a named set of studies with an owner and a privacy claim."""

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="owned_collections"
    )
    privacy_claim = models.CharField(
        _("privacy claim"), max_length=20, choices=PrivacyClaim, default=PrivacyClaim.UNKNOWN
    )
    # Whether everybody who can sign in may know of it, to ask for access.
    is_listed = models.BooleanField(_("listed for requests"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        default_permissions = ()
        permissions: ClassVar = [(permission.codename, permission.value) for permission in Permission]
        constraints: ClassVar = [models.UniqueConstraint(Lower("name"), name="collection_name_is_unique")]

    def __str__(self) -> str:
        return self.name
