"""Grants as resources: listed where access is overseen, given, moved to another end, and taken away."""

from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from governance.access import collections_for, require
from governance.actions.change_grant_end import change_grant_end
from governance.actions.give_grant import give_grant
from governance.actions.revoke_grant import revoke_grant
from governance.api.access import COLLECTION, ID, AnyRole, OpenToSome, refusals_are_conflicts
from governance.api.errors import Conflict
from governance.api.parameters import LARGEST, PRINTABLE, Filter, one_of, whole_number, words
from governance.api.rows import ActivePerson, NamedRow, VisibleRow
from governance.api.selection import SelectableSerializer
from governance.api.strict import StrictBody, StrictMoment, StrictText
from governance.api.views import ReadOnlyResource
from governance.explain import sentence
from governance.models import Collection, Grant
from governance.oversight import grants_seen_by, groups_seen_by
from governance.permissions import Permission


class GrantSerializer(SelectableSerializer):
    """A role that somebody was given, until when and by whose leave."""

    id = serializers.IntegerField(**ID)
    says = serializers.SerializerMethodField(help_text="The grant in one sentence.")
    user = serializers.CharField(source="user.username", read_only=True, allow_null=True, default=None)
    group = serializers.CharField(source="group.name", read_only=True, allow_null=True, default=None)
    role = serializers.IntegerField(**ID, source="role_id")
    role_slug = serializers.CharField(source="role.slug", read_only=True)
    collection = serializers.IntegerField(
        **ID, source="collection_id", allow_null=True, help_text="Its id; null is all collections."
    )
    reason = serializers.CharField(read_only=True, allow_blank=True)
    given_by = serializers.CharField(
        source="given_by.username", read_only=True, allow_null=True, default=None
    )
    approver = serializers.CharField(
        source="approver.username", read_only=True, allow_null=True, default=None
    )
    given_at = serializers.DateTimeField(read_only=True)
    starts_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True, allow_null=True)
    revoked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    last_used_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="From the audit trail, exact to 15 minutes."
    )

    def get_says(self, grant: Grant) -> str:
        return sentence(grant)


def _in_state(grants: Any, state: str) -> Any:
    now = timezone.now()
    by_state = {"in-force": grants.in_force, "coming": grants.coming, "ended": grants.ended}
    return by_state[state](now)


class PlaceOfAccess(VisibleRow):
    """The id of a Collection on which the caller gives access; null is all Collections."""

    def visible(self) -> QuerySet[Collection]:
        return collections_for(self.context["request"].user, Permission.ACCESS_MANAGE)


class AnyGroup(NamedRow):
    """The name of a group that holds something where the caller gives access; of any, for who gives it everywhere."""

    def nameable(self, name: str) -> QuerySet[Group]:
        seen = groups_seen_by(self.context["request"].user, Permission.ACCESS_MANAGE)
        return seen.filter(name=name)


class NewGrant(StrictBody):
    """Who is given which role where, why and until when."""

    user = ActivePerson(required=False)
    group = AnyGroup(max_length=150, required=False)
    role = AnyRole()
    collection = PlaceOfAccess(allow_null=True)
    reason = StrictText(max_length=500)
    expires_at = StrictMoment(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("user" in attrs) == ("group" in attrs):
            raise ValidationError("Name a user or a group, one of both.")
        # Here and not by the action alone: what is refused anyway tells of no name, which is looked up after this.
        require(self.context["request"].user, Permission.ACCESS_MANAGE, attrs["collection"])
        if attrs["expires_at"] is not None and attrs["expires_at"] <= timezone.now():
            raise Conflict("The end is over before the grant would begin.")
        return attrs


def _naming(member: str) -> dict[str, Any]:
    """What a body may hold that names a person or a group: exactly one of the two."""
    number = {"type": "integer", "minimum": 1, "maximum": LARGEST}
    return {
        "type": "object",
        "required": [member, "role", "collection", "reason"],
        "additionalProperties": False,
        "properties": {
            member: {"type": "string", "minLength": 1, "maxLength": 150, "pattern": PRINTABLE},
            "role": number,
            "collection": {
                **number,
                "type": ["integer", "null"],
                "description": "Its id; null is all collections, and has to be said.",
            },
            "reason": {"type": "string", "minLength": 1, "maxLength": 500, "pattern": PRINTABLE},
            "expires_at": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "Without one it has no end.",
            },
        },
    }


_NEW_GRANT = {"application/json": {"oneOf": [_naming(member) for member in ("user", "group")]}}


class Revocation(StrictBody):
    """Why access ends."""

    reason = StrictText(max_length=500)


class NewEnd(StrictBody):
    """When access ends instead, and why."""

    expires_at = StrictMoment(allow_null=True, help_text="Null is no end.")
    reason = StrictText(max_length=500)


class Grants(OpenToSome, ReadOnlyResource):
    """Grants on the collections whose access you oversee, ended ones too."""

    permission = Permission.ACCESS_READ
    # Anybody may give up what they were given; the action asks the others for the permission.
    action_permissions: ClassVar = {
        "create": Permission.ACCESS_MANAGE,
        "end": Permission.ACCESS_MANAGE,
        "revoke": None,
    }
    queryset = Grant.objects.all()
    serializer_class = GrantSerializer
    default_sort = "-id"
    filters = (
        COLLECTION,
        Filter(
            name="user",
            kind=words(150),
            description="Only those to this person, by user name; not those to groups of theirs.",
            apply=lambda rows, value: rows.filter(user__username=value),
        ),
        Filter(
            name="role",
            kind=whole_number(),
            description="Only those of this role, by its id.",
            apply=lambda rows, value: rows.filter(role_id=value),
        ),
        Filter(
            name="state",
            kind=one_of(["in-force", "coming", "ended"]),
            description="Only those that are worth this now.",
            apply=_in_state,
        ),
        Filter(
            name="unused_days",
            kind=whole_number(1, 3650),
            description="Only those in force that are older than this many days, and were not used in them.",
            apply=lambda rows, value: rows.unused(timezone.now(), value),
        ),
    )

    def visible_rows(self) -> QuerySet[Grant]:
        seen = grants_seen_by(self.caller)
        if self.action == "revoke":
            own = Grant.objects.concerning(self.caller)
            seen = Grant.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=own.values("pk")))
        return seen.told()

    @extend_schema(
        request=_NEW_GRANT,
        responses={201: GrantSerializer},
        examples=[
            OpenApiExample(
                "A role on one collection",
                value={"user": "bob", "role": 3, "collection": 1, "reason": "Joined the team."},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Give a person or a group a role, on one collection or on all; never to yourself. The same twice is one."""
        given = self.read(NewGrant)
        with refusals_are_conflicts():
            grant = give_grant(
                given["user"] if "user" in given else given["group"],
                given["role"],
                given["collection"],
                actor=self.caller,
                reason=given["reason"],
                expires_at=given["expires_at"],
            )
        return self.created(GrantSerializer(grant), grant.pk)

    @extend_schema(request=Revocation, responses={200: GrantSerializer})
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: int) -> Response:
        """End a grant at once. Anybody may give up what was given to them alone."""
        grant, said = self.get_object(), self.read(Revocation)
        with refusals_are_conflicts():
            return self._changed(grant, revoke_grant(grant, actor=self.caller, reason=said["reason"]))

    @extend_schema(request=NewEnd, responses={200: GrantSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int) -> Response:
        """Let a grant end sooner or later than it would, or not at all."""
        grant, said = self.get_object(), self.read(NewEnd)
        with refusals_are_conflicts():
            return self._changed(grant, change_grant_end(grant, actor=self.caller, **said))

    def _changed(self, grant: Grant, is_changed: bool) -> Response:
        if not is_changed:
            raise Conflict("The grant is over already.")
        return Response(GrantSerializer(Grant.objects.told().get(pk=grant.pk)).data)
