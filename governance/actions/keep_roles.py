"""Keep the built-in roles as this version describes them."""

from django.db import transaction

from governance.actions.apply_grants import apply_grants
from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import Role
from governance.permissions import BUILTIN_ROLES


@transaction.atomic
def keep_roles() -> None:
    """Make the built-in roles that are missing and mend those that differ; what people hold by them follows."""
    for slug, sheet in BUILTIN_ROLES.items():
        described = {
            "name": sheet.name,
            "description": sheet.description,
            "permissions": sorted(sheet.permissions),
            "needs_second_factor": sheet.needs_second_factor,
            "is_builtin": True,
        }
        role, is_new = Role.objects.get_or_create(slug=slug.value, defaults=described)
        if is_new or all(getattr(role, name) == value for name, value in described.items()):
            continue
        Role.objects.filter(pk=role.pk).update(**described)
        record(Event.ROLE_CHANGED, actor=None, things=(Thing("role", role.pk),), detail={"role": slug.value})
    apply_grants()
