"""What can be permitted, and which role holds what: the vocabulary of access, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """One thing that somebody may do in a Collection, as `resource:action`.

    Those of `everywhere_only` are about no Collection: they count when they are held on all of them.
    """

    CATALOG_READ = "catalog:read"
    CATALOG_EXPORT = "catalog:export"
    PHI_REVEAL = "phi:reveal"
    SOURCE_READ = "source:read"
    SOURCE_MANAGE = "source:manage"
    CRAWL_CONTROL = "crawl:control"
    QUARANTINE_READ = "quarantine:read"
    QUARANTINE_RETRY = "quarantine:retry"
    COLLECTION_MANAGE = "collection:manage"
    ACCESS_READ = "access:read"
    ACCESS_MANAGE = "access:manage"
    ACCESS_APPROVE = "access:approve"
    ACCESS_REVIEW = "access:review"
    AUDIT_READ = "audit:read"
    AUDIT_EXPORT = "audit:export"
    USER_READ = "user:read"
    USER_MANAGE = "user:manage"
    INSTALLATION_MANAGE = "installation:manage"

    @property
    def codename(self) -> str:
        """The name under which Django and django-guardian store it on Collection."""
        return self.value.replace(":", "_")

    @property
    def django_name(self) -> str:
        return f"governance.{self.codename}"

    @property
    def reads(self) -> bool:
        """Whether it lets nobody change anything, nor see what is masked."""
        return self.value.endswith((":read", ":export"))

    @property
    def everywhere_only(self) -> bool:
        return self.value.startswith(("user:", "installation:"))

    @property
    def says(self) -> Promise:
        """What it allows, to follow "may"."""
        return _SAYS[self]


_SAYS = {
    Permission.CATALOG_READ: _("find studies and read their masked headers"),
    Permission.CATALOG_EXPORT: _("export masked lists"),
    Permission.PHI_REVEAL: _("reveal masked values for a stated purpose, for 15 minutes"),
    Permission.SOURCE_READ: _("see sources and their crawls"),
    Permission.SOURCE_MANAGE: _("add and change sources"),
    Permission.CRAWL_CONTROL: _("start, pause and cancel crawls"),
    Permission.QUARANTINE_READ: _("see which files could not be read, and why"),
    Permission.QUARANTINE_RETRY: _("have quarantined files read again"),
    Permission.COLLECTION_MANAGE: _("create and change collections"),
    Permission.ACCESS_READ: _("see who may do what"),
    Permission.ACCESS_MANAGE: _("give and revoke access"),
    Permission.ACCESS_APPROVE: _("decide requests for access"),
    Permission.ACCESS_REVIEW: _("review the access that others hold"),
    Permission.AUDIT_READ: _("read the audit trail"),
    Permission.AUDIT_EXPORT: _("export the audit trail"),
    Permission.USER_READ: _("see accounts"),
    Permission.USER_MANAGE: _("invite and deactivate people, and run service accounts"),
    Permission.INSTALLATION_MANAGE: _("configure and look after the installation"),
}


class Job(StrEnum):
    """The roles that every installation has, by their slug: what people do, as the guides name them."""

    ADMINISTRATOR = "administrator"
    COMPLIANCE_OFFICER = "compliance-officer"
    DATA_STEWARD = "data-steward"
    AUDITOR = "auditor"
    RESEARCHER = "researcher"


@dataclass(frozen=True, slots=True)
class BuiltinRole:
    """A role as it comes with the product; nobody can change it, everybody may copy it."""

    name: str
    description: str
    permissions: frozenset[Permission]
    needs_second_factor: bool = False


_READER = frozenset(
    {Permission.CATALOG_READ, Permission.CATALOG_EXPORT, Permission.SOURCE_READ, Permission.QUARANTINE_READ}
)
_OVERSEER = frozenset(
    {Permission.ACCESS_READ, Permission.AUDIT_READ, Permission.AUDIT_EXPORT, Permission.USER_READ}
)

# Nobody who gives access decides requests or reviews, and nobody who looks after the installation can reveal a value:
# governance/duties.py lists the pairs that are kept apart.
BUILTIN_ROLES: Mapping[Job, BuiltinRole] = {
    Job.ADMINISTRATOR: BuiltinRole(
        "Administrator",
        "Connects sources, invites people, gives roles, keeps the installation running.",
        _READER
        | {
            Permission.SOURCE_MANAGE,
            Permission.CRAWL_CONTROL,
            Permission.QUARANTINE_RETRY,
            Permission.COLLECTION_MANAGE,
            Permission.ACCESS_READ,
            Permission.ACCESS_MANAGE,
            Permission.USER_READ,
            Permission.USER_MANAGE,
            Permission.INSTALLATION_MANAGE,
        },
        needs_second_factor=True,
    ),
    Job.COMPLIANCE_OFFICER: BuiltinRole(
        "Compliance officer",
        "Decides requests, reviews access, follows what was done, and reveals values for incidents and requests.",
        _READER | _OVERSEER | {Permission.PHI_REVEAL, Permission.ACCESS_APPROVE, Permission.ACCESS_REVIEW},
        needs_second_factor=True,
    ),
    Job.DATA_STEWARD: BuiltinRole(
        "Data steward",
        "Finds, describes and cleans what is held, and reveals values where a correction needs them.",
        _READER | {Permission.CRAWL_CONTROL, Permission.QUARANTINE_RETRY, Permission.PHI_REVEAL},
    ),
    Job.AUDITOR: BuiltinRole(
        "Auditor", "Reads and exports everything masked, and changes nothing.", _READER | _OVERSEER
    ),
    Job.RESEARCHER: BuiltinRole(
        "Researcher", "Sees what exists, masked.", frozenset({Permission.CATALOG_READ})
    ),
}
