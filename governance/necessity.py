"""The minimum necessary (45 CFR 164.502(b), 164.514(d)): what a purpose needs, and the smallest role that gives it."""

from collections.abc import Iterable, Mapping

from django.db.models import F, Func, QuerySet

from governance.models import LegalBasis, Role
from governance.permissions import Permission

_READING = frozenset({Permission.CATALOG_READ})
_TAKING = frozenset({Permission.CATALOG_READ, Permission.CATALOG_EXPORT})

# What somebody needs for a purpose that rests on this basis. The first basis is not in it: what operating needs
# differs from job to job. An authorization or a waiver may reach identifying values, so it narrows nothing there.
NEEDED: Mapping[LegalBasis, frozenset[Permission]] = {
    # Nothing may be removed in a review preparatory to research (164.512(i)(1)(ii)(B)).
    LegalBasis.PREPARATORY: _READING,
    LegalBasis.DEIDENTIFIED: _TAKING,
    LegalBasis.LIMITED: _TAKING,
    LegalBasis.AUTHORIZATION: _TAKING | {Permission.PHI_REVEAL},
    LegalBasis.WAIVER: _TAKING | {Permission.PHI_REVEAL},
    LegalBasis.PUBLIC_HEALTH: _TAKING | {Permission.PHI_REVEAL},
}


def roles_by_size() -> QuerySet[Role]:
    """Return every role, those that allow least first: that is how they are offered."""
    return Role.objects.order_by(Func(F("permissions"), function="cardinality"), "name")


def lesser_roles(role: Role, roles: Iterable[Role]) -> list[Role]:
    """Return the roles that allow some of what `role` allows and nothing else, the smallest first."""
    allowed = set(role.allows)
    lesser = [each for each in roles if each.pk != role.pk and set(each.allows) < allowed]
    return sorted(lesser, key=lambda each: (len(each.allows), each.name))


def smallest_role(role: Role, basis: LegalBasis, roles: Iterable[Role]) -> Role | None:
    """Return the smallest role that still gives what `basis` needs of `role`; None when that is `role` itself."""
    if basis not in NEEDED:
        return None
    needed = NEEDED[basis] & set(role.allows)
    fitting = (each for each in lesser_roles(role, roles) if needed and needed <= set(each.allows))
    return next(fitting, None)
