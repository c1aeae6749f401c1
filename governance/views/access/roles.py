"""Roles: what each allows, and roles of one's own with a look at what a change would do before it is made."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.access import can, require
from governance.actions.save_role import save_role
from governance.forms.access import RoleForm
from governance.gate import needs
from governance.models import Role
from governance.oversight import grants_seen_by
from governance.permissions import Permission
from governance.radius import blast_radius
from governance.views.access.frame import is_number, page, refusals_in, signed_in


@needs(Permission.ACCESS_READ)
def roles(request: HttpRequest) -> HttpResponse:
    """Show every role beside every permission."""
    user = signed_in(request)
    in_force = grants_seen_by(user).in_force(timezone.now())
    all_roles = list(
        Role.objects.annotate(held=Count("grants", filter=Q(grants__in=in_force.values("pk")), distinct=True))
    )
    context = {
        "roles": all_roles,
        "matrix": [
            (permission, [permission in role.allows for role in all_roles]) for permission in Permission
        ],
        "may_manage": can(user, Permission.ACCESS_MANAGE),
    }
    return page(request, "roles", context, tab="roles")


@needs(Permission.ACCESS_MANAGE)
def new_role(request: HttpRequest) -> HttpResponse:
    """Make a role, from nothing or from a copy of another."""
    copied = request.GET.get("from", "")
    source = Role.objects.filter(pk=int(copied)).first() if is_number(copied) else None
    initial = {"permissions": source.permissions, "description": source.description} if source else {}
    return _edited(request, None, RoleForm(request.POST or None, initial=initial))


@needs(Permission.ACCESS_READ)
def role(request: HttpRequest, role_id: int) -> HttpResponse:
    """Show one role; those who manage access change it here when it is their own."""
    row = get_object_or_404(Role, pk=role_id)
    initial = {
        "name": row.name,
        "description": row.description,
        "permissions": row.permissions,
        "needs_second_factor": row.needs_second_factor,
    }
    return _edited(request, row, RoleForm(request.POST or None, initial=initial))


def _edited(request: HttpRequest, row: Role | None, form: RoleForm) -> HttpResponse:
    """First show what a change would do; a second press saves it."""
    user = signed_in(request)
    may_copy = can(user, Permission.ACCESS_MANAGE)
    may_change = may_copy and not (row and row.is_builtin)
    held = grants_seen_by(user).in_force(timezone.now()).filter(role=row).count() if row else 0
    context = {
        "role": row,
        "form": form,
        "may_change": may_change,
        "may_copy": may_copy,
        "held": held,
    }
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            # What a change would do names people everywhere: those who may not make it are not shown it.
            require(user, Permission.ACCESS_MANAGE)
            if row is not None and request.POST.get("step") != "save":
                effects = blast_radius(row, form.cleaned_data["permissions"])
                return page(request, "role", {**context, "effects": effects, "previewed": True}, tab="roles")
            saved = save_role(row, actor=user, **form.cleaned_data)
            messages.success(request, _("Saved. It counts from this moment on."))
            return HttpResponseRedirect(reverse("access:role", args=[saved.pk]))
    return page(request, "role", context, tab="roles", status=422 if form.errors else 200)
