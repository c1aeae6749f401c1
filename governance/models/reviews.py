"""Campaigns in which somebody looks again at the access that others hold (45 CFR 164.308(a)(4)(ii)(C))."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.models.access import Grant, Role
from governance.models.collections import Collection

_PERSON = settings.AUTH_USER_MODEL


class AccessReview(models.Model):
    """One campaign: every grant in force when it starts, on one Collection or on all, is a row to be decided."""

    name = models.CharField(_("name"), max_length=120)
    collection = models.ForeignKey(Collection, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(_("due on"))
    started_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = models.ForeignKey(_PERSON, models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-started_at", "-id"]

    def __str__(self) -> str:
        return self.name


class ReviewRowQuerySet(models.QuerySet["ReviewRow"]):
    def undecided(self) -> Self:
        return self.filter(decision="")


class ReviewRow(models.Model):
    """One grant under review, as it was found: what was seen when it was decided stays to be seen."""

    class Decision(models.TextChoices):
        KEEP = "keep", _("Keep")
        REDUCE = "reduce", _("Reduce")
        REVOKE = "revoke", _("Revoke")

    review = models.ForeignKey(AccessReview, models.CASCADE, related_name="rows")
    grant = models.ForeignKey(Grant, models.PROTECT, related_name="review_rows")
    last_used_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=6, choices=Decision, blank=True)
    # What a reduced grant became: a new grant takes the place of the old one.
    reduced_to = models.ForeignKey(Role, models.PROTECT, null=True, related_name="+")
    replacement = models.ForeignKey(Grant, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    decided_by = models.ForeignKey(_PERSON, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = ReviewRowQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "grant"], name="review_holds_a_grant_once"),
            models.CheckConstraint(
                condition=Q(decision="") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="review_decision_has_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review}: {self.grant}"
