"""The PHI lens: for what purpose somebody sees identifying values, of what, and until when."""

from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.models.collections import Collection

# No lens stays open longer, whoever asks.
LONGEST_MINUTES = 15


class Purpose(models.TextChoices):
    """Why somebody needs to see identifying values."""

    INCIDENT = "incident", _("Incident")
    PATIENT_REQUEST = "patient_request", _("Patient request")
    QUALITY = "quality", _("Quality assurance")
    AUDIT = "audit", _("Audit")
    OTHER = "other", _("Other")


class LensQuerySet(models.QuerySet["Lens"]):
    def open_at(self, at: datetime) -> Self:
        return self.filter(closes_at__gt=at, closed_at__isnull=True)

    def shown_with(self, *credentials: str) -> Self:
        """Those that were opened by one of these sessions and tokens: another's opens nothing here."""
        return self.filter(credential__in=credentials)

    def run_out_at(self, at: datetime) -> Self:
        """Those whose time is over and of which nothing has been written down yet."""
        return self.filter(closes_at__lte=at, closed_at__isnull=True)


class Lens(models.Model):
    """What one session or token may see unmasked: one study, one patient, or one queue, until `closes_at`."""

    class Scope(models.TextChoices):
        STUDY = "study", _("This study")
        PATIENT = "patient", _("This patient")
        QUEUE = "queue", _("This queue")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="lenses")
    # A digest of the session's key or the number of the token, as the audit trail names it.
    credential = models.CharField(max_length=80)
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    purpose_text = models.CharField(_("in other words"), max_length=300, blank=True)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope)
    # The number of the Study, Patient, or of the Source whose quarantine is looked at.
    scope_id = models.BigIntegerField()
    collection = models.ForeignKey(Collection, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = LensQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name_plural = "lenses"
        ordering: ClassVar = ["-opened_at"]
        indexes: ClassVar = [
            models.Index(fields=["credential", "closes_at"], name="lens_by_credential"),
            models.Index(fields=["closes_at"], name="lens_not_closed", condition=Q(closed_at__isnull=True)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opened_at")), name="lens_opens_before_it_closes"
            ),
            models.CheckConstraint(
                condition=~Q(purpose="other", purpose_text=""), name="lens_for_another_purpose_says_which"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.scope_id}"
