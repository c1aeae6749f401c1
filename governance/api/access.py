"""Access as resources: what is asked for and decided, what roles allow, and why somebody may or not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.access import can_anywhere, collections_for, require
from governance.actions.decide_request import approve_request, deny_request
from governance.actions.record import Thing, record
from governance.actions.refusals import Refused
from governance.actions.request_access import request_access
from governance.actions.withdraw_request import withdraw_request
from governance.api.errors import Conflict
from governance.api.parameters import LARGEST, Filter, Parameter, one_of, refuse_unknown, whole_number, words
from governance.api.permissions import HoldsPermission, SignedIn, needed
from governance.api.rows import VisibleRow
from governance.api.selection import SelectableSerializer
from governance.api.strict import StrictBody, StrictInteger, StrictText
from governance.api.views import ReadOnlyResource
from governance.audit.events import Event
from governance.explain import Ground, explain
from governance.models import AccessRequest, Collection, LegalBasis, Role, User
from governance.oversight import (
    LONGEST_DAYS,
    askable_collections,
    people_seen_by,
    requests_seen_by,
    requests_waiting_for,
)
from governance.permissions import Permission

ID: dict[str, Any] = {"read_only": True, "min_value": 1, "max_value": LARGEST}
_PERMISSIONS = [permission.value for permission in Permission]


@contextmanager
def refusals_are_conflicts() -> Iterator[None]:
    """Answer 409 with the action's own words when it refuses."""
    try:
        yield
    except Refused as refusal:
        raise Conflict(str(refusal)) from refusal
    except ValidationError as refusal:
        raise Conflict(" ".join(refusal.messages)) from refusal


class OpenToSome:
    """A resource of which some actions need no permission, because everybody has their own rows there."""

    def get_permissions(self) -> list[BasePermission]:
        return [SignedIn() if needed(self) is None else HoldsPermission()]


# --- roles ------------------------------------------------------------------------------------------


class RoleSerializer(SelectableSerializer):
    """A role: a named set of permissions."""

    id = serializers.IntegerField(**ID)
    slug = serializers.CharField(read_only=True, help_text="Its name for programs, which never changes.")
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    permissions = serializers.ListField(
        child=serializers.CharField(), source="allows", read_only=True, help_text="Such as catalog:read."
    )
    is_builtin = serializers.BooleanField(read_only=True)
    needs_second_factor = serializers.BooleanField(read_only=True)


class Roles(OpenToSome, ReadOnlyResource):
    """Roles, which everybody may know to ask for one."""

    permission = None  # type: ignore[assignment]
    queryset = Role.objects.all()
    serializer_class = RoleSerializer

    def visible_rows(self) -> QuerySet[Role]:
        return Role.objects.all()


COLLECTION = Filter(
    name="collection",
    kind=whole_number(),
    description="Only those on this collection, by its id.",
    apply=lambda rows, value: rows.filter(collection_id=value),
)


# --- requests ---------------------------------------------------------------------------------------


class AccessRequestSerializer(SelectableSerializer):
    """What somebody asks for, and what has become of it."""

    id = serializers.IntegerField(**ID)
    requester = serializers.CharField(source="requester.username", read_only=True)
    role = serializers.IntegerField(**ID, source="role_id")
    role_slug = serializers.CharField(source="role.slug", read_only=True)
    collection = serializers.IntegerField(**ID, source="collection_id")
    purpose = serializers.CharField(read_only=True)
    legal_basis = serializers.ChoiceField(choices=LegalBasis.values, read_only=True)
    reference = serializers.CharField(read_only=True, allow_blank=True)
    days = serializers.IntegerField(read_only=True, min_value=1, max_value=LONGEST_DAYS)
    made_at = serializers.DateTimeField(read_only=True)
    state = serializers.ChoiceField(choices=AccessRequest.State.values, read_only=True)
    decided_by = serializers.CharField(
        source="decided_by.username", read_only=True, allow_null=True, default=None
    )
    decided_at = serializers.DateTimeField(read_only=True, allow_null=True)
    decision_reason = serializers.CharField(read_only=True, allow_blank=True)
    grant = serializers.IntegerField(
        **ID, source="grant_id", allow_null=True, help_text="What it became when it was approved."
    )


class AskableCollection(VisibleRow):
    """The id of a Collection that is listed for requests, or on which the caller holds something."""

    def visible(self) -> QuerySet[Collection]:
        return askable_collections(self.context["request"].user)


class AnyRole(VisibleRow):
    """The id of a role."""

    def visible(self) -> QuerySet[Role]:
        return Role.objects.all()


class NewAccessRequest(StrictBody):
    """What is asked for, and why."""

    collection = AskableCollection()
    role = AnyRole()
    purpose = StrictText(max_length=500, help_text="What it is for. No names of patients.")
    legal_basis = serializers.ChoiceField(choices=LegalBasis.values)
    reference = StrictText(max_length=120, required=False)
    days = StrictInteger(min_value=1, max_value=LONGEST_DAYS, help_text="Counted from the approval.")


class Approval(StrictBody):
    """What is given: what was asked for where nothing else is said, else less of it."""

    role = AnyRole(required=False)
    days = StrictInteger(min_value=1, max_value=LONGEST_DAYS, required=False)


class Denial(StrictBody):
    """Why nothing is given."""

    reason = StrictText(max_length=500)


class AccessRequests(OpenToSome, ReadOnlyResource):
    """Requests for access: your own, and those that you may decide or oversee."""

    permission = None  # type: ignore[assignment]
    action_permissions: ClassVar = dict.fromkeys(("approve", "deny"), Permission.ACCESS_APPROVE)
    queryset = AccessRequest.objects.all()
    serializer_class = AccessRequestSerializer
    default_sort = "-id"
    filters = (
        COLLECTION,
        Filter(
            name="state",
            kind=one_of(AccessRequest.State.values),
            description="Only those in this state.",
            apply=lambda rows, value: rows.filter(state=value),
        ),
    )
    waiting = Parameter(
        name="waiting_for_me",
        kind=one_of(["true", "false"]),
        description="`true`: only those that are open and that you may decide.",
    )

    def parameters(self) -> list[Parameter]:
        return [*([self.waiting] if self.action == "list" else []), *super().parameters()]

    def visible_rows(self) -> QuerySet[AccessRequest]:
        asked = self.given.get("waiting_for_me") == "true"
        rows = requests_waiting_for(self.caller) if asked else requests_seen_by(self.caller)
        return rows.order_by().select_related("requester", "role", "decided_by", "collection")

    @extend_schema(request=NewAccessRequest, responses={201: AccessRequestSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a role on a collection. It gives nothing until somebody else approves it."""
        given = self.read(NewAccessRequest)
        with refusals_are_conflicts():
            made = request_access(self.caller, **{**given, "legal_basis": LegalBasis(given["legal_basis"])})
        return self.created(AccessRequestSerializer(made), made.pk)

    @extend_schema(request=Approval, responses={200: AccessRequestSerializer})
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: int) -> Response:
        """Give what was asked for, or less of it: the approval is the grant."""
        asked, given = self.get_object(), self.read(Approval)
        with refusals_are_conflicts():
            self._must_change(approve_request(asked, approver=self.caller, **given) is not None)
        return self._now()

    @extend_schema(request=Denial, responses={200: AccessRequestSerializer})
    @action(detail=True, methods=["post"])
    def deny(self, request: Request, pk: int) -> Response:
        """Give nothing, and say why."""
        asked, given = self.get_object(), self.read(Denial)
        with refusals_are_conflicts():
            self._must_change(deny_request(asked, approver=self.caller, reason=given["reason"]))
        return self._now()

    @extend_schema(request=None, responses={200: AccessRequestSerializer})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take your own request back while it is open."""
        self._must_change(withdraw_request(self.get_object(), actor=self.caller))
        return self._now()

    def _must_change(self, changed: bool) -> None:
        if not changed:
            raise Conflict("The request is decided already.")

    def _now(self) -> Response:
        return Response(AccessRequestSerializer(self.get_object()).data)


# --- explanations -----------------------------------------------------------------------------------


class ExplanationSerializer(serializers.Serializer[Any]):
    """Whether somebody may do something, and on what ground."""

    allowed = serializers.BooleanField()
    ground = serializers.ChoiceField(choices=[ground.value for ground in Ground])
    says = serializers.CharField(help_text="The ground in one sentence.")
    grants = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST),
        help_text="The ids of the grants that decide.",
    )
    roles = serializers.ListField(
        child=serializers.CharField(), help_text="The slugs of the roles that would give it."
    )


PERMISSION = Parameter(
    name="permission", kind=one_of(_PERMISSIONS), description="What is asked about.", required=True
)
PERSON = Parameter(
    name="user",
    kind=words(150),
    description="Of whom, by user name; of yourself when not given. Of others it needs `access:read`.",
)
PLACE = Parameter(
    name="collection", kind=whole_number(), description="Where, by id; on all collections when not given."
)


class Explain(APIView):
    """Why somebody may do something somewhere, or what is missing."""

    permission_classes = (SignedIn,)

    def parameters(self) -> list[Parameter]:
        return [PERMISSION, PERSON, PLACE]

    @extend_schema(responses=ExplanationSerializer)
    def get(self, request: Request) -> Response:
        """Why somebody may do something somewhere, or what is missing and which role would give it."""
        user = request.user
        if not isinstance(user, User):
            raise NotAuthenticated
        refuse_unknown(request.query_params, self.parameters())
        permission = PERMISSION.read(request.query_params)
        person = self._person(user, PERSON.read(request.query_params))
        place = self._place(user, PLACE.read(request.query_params))
        if person != user:
            require(user, Permission.ACCESS_READ, place)
        told = explain(person, Permission(permission), place)
        if person != user:
            things = (Thing("user", person.pk),)
            record(Event.ACCESS_VIEWED, actor=user, collection=place, things=things)
        answer = {
            "allowed": told.allowed,
            "ground": told.ground.value,
            "says": told.says,
            "grants": [grant.pk for grant in told.grants],
            "roles": [role.slug for role in told.roles],
        }
        return Response(ExplanationSerializer(answer).data)

    def _person(self, user: User, name: str | None) -> User:
        if name is None or name == user.get_username():
            return user
        person = people_seen_by(user).filter(username=name).first()
        if person is None or not can_anywhere(user, Permission.ACCESS_READ):
            raise NotFound
        return person

    def _place(self, user: User, number: int | None) -> Collection | None:
        if number is None:
            return None
        overseen = collections_for(user, Permission.ACCESS_READ)
        known = Q(pk__in=overseen.values("pk")) | Q(pk__in=askable_collections(user).values("pk"))
        place = Collection.objects.filter(known, pk=number).first()
        if place is None:
            raise NotFound
        return place
