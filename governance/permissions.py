"""What can be permitted, and which role holds what: the vocabulary of access, as data."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that somebody may do in a Collection, as `resource:action`."""

    CATALOG_READ = "catalog:read"
    CATALOG_EXPORT = "catalog:export"
    SOURCE_READ = "source:read"
    SOURCE_MANAGE = "source:manage"
    CRAWL_CONTROL = "crawl:control"
    QUARANTINE_READ = "quarantine:read"
    QUARANTINE_RETRY = "quarantine:retry"

    @property
    def codename(self) -> str:
        """The name under which Django and django-guardian store it on Collection."""
        return self.value.replace(":", "_")

    @property
    def django_name(self) -> str:
        return f"governance.{self.codename}"


class Role(StrEnum):
    """A person's job, as product.md names the people."""

    ADMINISTRATOR = "administrator"
    COMPLIANCE_OFFICER = "compliance officer"
    DATA_STEWARD = "data steward"
    AUDITOR = "auditor"
    RESEARCHER = "researcher"


_READER = frozenset(
    {Permission.CATALOG_READ, Permission.CATALOG_EXPORT, Permission.SOURCE_READ, Permission.QUARANTINE_READ}
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.COMPLIANCE_OFFICER: _READER,
    Role.DATA_STEWARD: _READER | {Permission.CRAWL_CONTROL, Permission.QUARANTINE_RETRY},
    Role.AUDITOR: _READER,
    Role.RESEARCHER: frozenset({Permission.CATALOG_READ}),
}
