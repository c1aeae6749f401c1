"""Who am I: for programs that want to know what their token is worth."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.access import collections_for, scope_of
from governance.api.permissions import SignedIn
from governance.models import ApiToken, User
from governance.permissions import Permission


class HeldSerializer(serializers.Serializer[Any]):
    """One permission, and where it is held."""

    permission = serializers.ChoiceField(choices=[each.value for each in Permission])
    everywhere = serializers.BooleanField()
    collections = serializers.ListField(
        child=serializers.IntegerField(), help_text="Ids, when it is not everywhere."
    )


class MeSerializer(serializers.Serializer[Any]):
    """The account that the request is made as."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=User.Kind.choices)
    active_until = serializers.DateTimeField(allow_null=True)
    held: Any = HeldSerializer(many=True)
    token = serializers.CharField(allow_null=True, help_text="What the token is for; null in a session.")
    token_scopes = serializers.ListField(
        child=serializers.CharField(), help_text="What the token is held to; empty is no narrowing."
    )
    token_expires_at = serializers.DateTimeField(allow_null=True)


class Me(APIView):
    """Who the request is made as, what they may do and where, and how long their token lasts."""

    permission_classes = (SignedIn,)

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who the request is made as, what they may do and where, and how long their token lasts."""
        user = request.user
        if not isinstance(user, User):
            raise NotAuthenticated
        token = request.auth if isinstance(request.auth, ApiToken) else None
        told = {
            "id": user.pk,
            "username": user.get_username(),
            "name": str(user),
            "kind": user.kind,
            "active_until": user.active_until,
            "held": [found for each in Permission if (found := _held(user, each))],
            "token": token.name if token else None,
            "token_scopes": token.scopes if token else [],
            "token_expires_at": token.expires_at if token else None,
        }
        return Response(MeSerializer(told).data)


def _held(user: User, permission: Permission) -> dict[str, Any] | None:
    scope = scope_of(user, permission)
    if not scope:
        return None
    ids = () if scope.everywhere else collections_for(user, permission).values_list("pk", flat=True)
    return {"permission": permission.value, "everywhere": scope.everywhere, "collections": sorted(ids)}
