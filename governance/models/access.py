"""Who may do what: roles, the grants that give them, and what takes them away again."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.arrays import is_one_of
from governance.models.collections import Collection
from governance.models.people import User
from governance.permissions import Permission

_PERSON = settings.AUTH_USER_MODEL


class Role(models.Model):
    """A named set of permissions. The built-in ones follow governance/permissions.py; others are made by people."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)
    permissions = ArrayField(models.TextField(), verbose_name=_("permissions"), default=list)
    is_builtin = models.BooleanField(default=False, editable=False)
    # Whoever holds it must sign in with a second factor (45 CFR 164.312(d)).
    needs_second_factor = models.BooleanField(_("needs a second factor"), default=False)

    class Meta:
        ordering: ClassVar = ["-is_builtin", "name"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @property
    def allows(self) -> list[Permission]:
        """Its permissions in the order of the vocabulary; a name that no version knows any more allows nothing."""
        return [permission for permission in Permission if permission.value in self.permissions]


class GrantQuerySet(models.QuerySet["Grant"]):
    """Grants by what they are worth at a moment, and by whom they concern."""

    def in_force(self, at: datetime) -> Self:
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at), starts_at__lte=at, revoked_at__isnull=True
        )

    def lasting(self, at: datetime) -> Self:
        """Those that are worth something now, or will be."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), revoked_at__isnull=True)

    def out_of_step(self, at: datetime) -> Self:
        """Those whose beginning or end the stored permissions do not follow yet."""
        now = Q(pk__in=self.model.objects.in_force(at).values("pk"))
        return self.filter(now & Q(is_stored=False) | ~now & Q(is_stored=True))

    def concerning(self, user: User) -> Self:
        """Those that were given to `user` or to a group of theirs.

        The groups stand in an array, so that both sides of the OR are found by index.
        """
        groups = User.groups.through.objects.filter(user=user).values("group_id")
        return self.filter(Q(user=user) | is_one_of("group_id", ArraySubquery(groups)))

    def allowing(self, permission: Permission) -> Self:
        return self.filter(role__permissions__contains=[permission.value])

    def ended(self, at: datetime) -> Self:
        return self.filter(Q(revoked_at__isnull=False) | Q(expires_at__lte=at))

    def coming(self, at: datetime) -> Self:
        return self.filter(revoked_at__isnull=True, starts_at__gt=at)

    def unused(self, at: datetime, days: int) -> Self:
        """Those in force for longer than `days` that nobody has used for as long."""
        since = at - timedelta(days=days)
        return self.in_force(at).filter(
            Q(last_used_at__isnull=True) | Q(last_used_at__lt=since), starts_at__lt=since
        )

    def told(self) -> Self:
        """With everything that a sentence about each says, in one query."""
        return self.select_related(
            "role", "user", "group", "collection", "approver", "given_by", "revoked_by"
        )

    def covering(self, collection: Collection | None) -> Self:
        """Those on `collection` or on all; with None, those on all alone."""
        everywhere = Q(collection__isnull=True)
        return self.filter(everywhere if collection is None else everywhere | Q(collection=collection))


class Grant(models.Model):
    """A role given to a person or a group, on one Collection or on all, for a reason and for a time.

    It is never deleted: what it was worth at any moment can be told from its four times. django-guardian's object
    permissions are its stored form (actions/apply_grants.py); a permission counts where both agree.
    """

    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    user = models.ForeignKey(_PERSON, models.PROTECT, null=True, blank=True, related_name="grants")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="grants")
    collection = models.ForeignKey(Collection, models.PROTECT, null=True, blank=True, related_name="grants")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    # None is the installation itself: the command line and the demo.
    given_by = models.ForeignKey(_PERSON, models.PROTECT, null=True, editable=False, related_name="+")
    approver = models.ForeignKey(_PERSON, models.PROTECT, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField(default=timezone.now, editable=False)
    starts_at = models.DateTimeField(_("from"), default=timezone.now)
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(_PERSON, models.PROTECT, null=True, editable=False, related_name="+")
    revocation_reason = models.CharField(max_length=500, blank=True, editable=False)
    # From the audit trail (actions/note_use.py); exact to the quarter of an hour.
    last_used_at = models.DateTimeField(null=True, editable=False)
    is_stored = models.BooleanField(default=False, editable=False)

    objects = GrantQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-given_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, group__isnull=True)
                | Q(user__isnull=True, group__isnull=False),
                name="grant_is_to_a_person_or_a_group",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("starts_at")),
                name="grant_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(approver__isnull=True) | Q(user__isnull=True) | ~Q(approver=F("user")),
                name="grant_is_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} for {self.user or self.group} on {self.collection or 'all collections'}"

    @property
    def subject(self) -> User | Group:
        """To whom it was given."""
        subject = self.user or self.group
        assert subject is not None  # noqa: S101 - grant_is_to_a_person_or_a_group
        return subject

    @property
    def state(self) -> str:
        """What it is worth now: in-force, coming, or ended."""
        now = timezone.now()
        if self.is_in_force(now):
            return "in-force"
        return "coming" if self.revoked_at is None and self.starts_at > now else "ended"

    def is_in_force(self, at: datetime) -> bool:
        ended = self.expires_at is not None and self.expires_at <= at
        return self.revoked_at is None and self.starts_at <= at and not ended


class LegalBasis(models.TextChoices):
    """On what ground somebody may use health information (45 CFR 164.502 to 164.514)."""

    OPERATIONS = "operations", _("Treatment, payment or operations (164.506)")
    AUTHORIZATION = "authorization", _("Authorization by the patients (164.508)")
    WAIVER = "waiver", _("Waiver by a review board (164.512(i)(1)(i))")
    PREPARATORY = "preparatory", _("Review preparatory to research (164.512(i)(1)(ii))")
    LIMITED = "limited", _("Limited data set under an agreement (164.514(e))")
    DEIDENTIFIED = "deidentified", _("De-identified data (164.514(a))")
    PUBLIC_HEALTH = "public_health", _("Public health or oversight (164.512(b), (d))")


class AccessRequestQuerySet(models.QuerySet["AccessRequest"]):
    def open(self) -> Self:
        return self.filter(state=AccessRequest.State.OPEN)


class AccessRequest(models.Model):
    """Somebody asks for a role on a Collection. Its approval is the grant."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        APPROVED = "approved", _("Approved")
        DENIED = "denied", _("Denied")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    requester = models.ForeignKey(_PERSON, models.PROTECT, related_name="access_requests")
    role = models.ForeignKey(Role, models.PROTECT, related_name="+")
    collection = models.ForeignKey(Collection, models.PROTECT, related_name="access_requests")
    purpose = models.CharField(_("purpose"), max_length=500)
    legal_basis = models.CharField(_("legal basis"), max_length=20, choices=LegalBasis)
    # The number of the protocol, agreement or ticket that the basis rests on.
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    days = models.PositiveSmallIntegerField(_("days"))
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN, editable=False)
    decided_by = models.ForeignKey(_PERSON, models.PROTECT, null=True, editable=False, related_name="+")
    decided_at = models.DateTimeField(null=True, editable=False)
    decision_reason = models.CharField(max_length=500, blank=True, editable=False)
    grant = models.OneToOneField(
        Grant, models.PROTECT, null=True, editable=False, related_name="access_request"
    )

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-made_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="approved", decided_by=F("requester")),
                name="access_request_is_approved_by_another",
            ),
            models.UniqueConstraint(
                fields=["requester", "role", "collection"],
                condition=Q(state="open"),
                name="access_request_is_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requester} asks for {self.role} on {self.collection}"


class BreakGlassQuerySet(models.QuerySet["BreakGlass"]):
    def open_at(self, at: datetime) -> Self:
        return self.filter(expires_at__gt=at, closed_at__isnull=True)


class BreakGlass(models.Model):
    """A superuser sets the rules aside, for a stated reason and for an hour at most (45 CFR 164.312(a)(2)(ii))."""

    user = models.ForeignKey(_PERSON, models.PROTECT, related_name="broken_glass")
    reason = models.CharField(_("reason"), max_length=500)
    opened_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-opened_at"]

    def __str__(self) -> str:
        return f"{self.user} from {self.opened_at:%Y-%m-%d %H:%M}"
