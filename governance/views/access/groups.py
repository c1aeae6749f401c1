"""Groups: several people who are given the same."""

from django.contrib import messages
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.access import can, require
from governance.actions.change_members import change_members
from governance.actions.create_group import create_group
from governance.actions.rename_group import rename_group
from governance.explain import sentence
from governance.forms.access import MemberForm, NameForm
from governance.gate import needs
from governance.models import User
from governance.oversight import MOST_NAMES, grants_seen_by, groups_seen_by
from governance.permissions import Permission
from governance.views.access.frame import is_number, page, refusals_in, signed_in


@needs(Permission.ACCESS_READ)
def groups(request: HttpRequest) -> HttpResponse:
    """List the groups that hold something where this person oversees access; all of them to those who oversee all."""
    user = signed_in(request)
    form = NameForm(request.POST or None)
    may_manage = can(user, Permission.ACCESS_MANAGE)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            group = create_group(form.cleaned_data["name"], actor=user)
            return HttpResponseRedirect(reverse("access:group", args=[group.pk]))
    rows = _seen(user).annotate(members=Count("user", distinct=True)).order_by("name")
    context = {"groups": rows, "form": form, "may_manage": may_manage}
    return page(request, "groups", context, tab="groups", status=422 if form.errors else 200)


@needs(Permission.ACCESS_READ)
def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """Show one group: its members, and what it was given."""
    return _detail(request, get_object_or_404(_seen(signed_in(request)), pk=group_id))


@require_POST
@needs(Permission.ACCESS_MANAGE)
def rename(request: HttpRequest, group_id: int) -> HttpResponse:
    """Call a group by another name."""
    user = signed_in(request)
    row = get_object_or_404(_seen(user), pk=group_id)
    form = NameForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            rename_group(row, form.cleaned_data["name"], actor=user)
            messages.success(request, _("Renamed."))
            return HttpResponseRedirect(reverse("access:group", args=[row.pk]))
    return _detail(request, row, naming=form, status=422)


@require_POST
@needs(Permission.ACCESS_MANAGE)
def add_member(request: HttpRequest, group_id: int) -> HttpResponse:
    """Take somebody into a group."""
    user = signed_in(request)
    row = get_object_or_404(_seen(user), pk=group_id)
    # First, so that the form tells nobody else who has an account.
    require(user, Permission.ACCESS_MANAGE)
    form = MemberForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            person = form.cleaned_data["person"]
            change_members(row, actor=user, add=[person])
            messages.success(request, _("%(who)s is a member now.") % {"who": person})
            return HttpResponseRedirect(reverse("access:group", args=[row.pk]))
    return _detail(request, row, adding=form, status=422)


@require_POST
@needs(Permission.ACCESS_MANAGE)
def remove_member(request: HttpRequest, group_id: int) -> HttpResponse:
    """Take somebody out of a group."""
    user = signed_in(request)
    row = get_object_or_404(_seen(user), pk=group_id)
    number = request.POST.get("person", "")
    person = get_object_or_404(row.user_set.all(), pk=int(number) if is_number(number) else 0)
    change_members(row, actor=user, remove=[person])
    messages.success(request, _("%(who)s is no member any more.") % {"who": person})
    return HttpResponseRedirect(reverse("access:group", args=[row.pk]))


def _seen(user: User) -> QuerySet[Group]:
    return groups_seen_by(user)


def _detail(
    request: HttpRequest,
    row: Group,
    *,
    naming: NameForm | None = None,
    adding: MemberForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    given = grants_seen_by(user).filter(group=row).in_force(timezone.now()).told()
    context = {
        "group": row,
        "members": row.user_set.order_by("username"),
        "given": [(grant, sentence(grant)) for grant in given],
        "may_manage": can(user, Permission.ACCESS_MANAGE),
        "naming": naming or NameForm(initial={"name": row.name}),
        "adding": adding or MemberForm(),
        "people": User.objects.filter(is_active=True).exclude(groups=row).order_by("username")[:MOST_NAMES]
        if can(user, Permission.ACCESS_MANAGE)
        else [],
    }
    return page(request, "group", context, tab="groups", status=status)
