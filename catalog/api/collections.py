"""Collections as resources: listed for those who may read in them, made and changed by those who manage them."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.serializers import CollectionSerializer
from governance.access import collections_for, require
from governance.actions.change_collection import change_collection
from governance.actions.create_collection import create_collection, refuse_name
from governance.api.access import refusals_are_conflicts
from governance.api.rows import ActivePerson
from governance.api.strict import StrictBody, StrictBoolean, StrictText
from governance.api.views import ReadOnlyResource
from governance.models import Collection, PrivacyClaim
from governance.permissions import Permission

CHANGEABLE = ("name", "description", "owner", "privacy_claim", "is_listed")


class CollectionChange(StrictBody):
    """What a Collection says of itself, as far as it changes."""

    name = StrictText(max_length=120, required=False)
    description = StrictText(max_length=2000, required=False, allow_blank=True)
    owner = ActivePerson(
        required=False, allow_null=True, help_text="The user name of whoever answers for it."
    )
    privacy_claim = serializers.ChoiceField(PrivacyClaim.choices, required=False)
    is_listed = StrictBoolean(
        required=False, help_text="Everybody who can sign in then sees its name and description."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # Here and not by the action alone: with a name that is refused anyway, no owner is looked up.
        if "name" in attrs:
            refuse_name(attrs["name"], but=self.context.get("changed"))
        if "privacy_claim" in attrs:
            return {**attrs, "privacy_claim": PrivacyClaim(attrs["privacy_claim"])}
        return attrs


class NewCollection(CollectionChange):
    """A Collection, of which only the name has to be said."""

    name = StrictText(max_length=120)


class Collections(ReadOnlyResource):
    """Named sets of studies, the unit of access."""

    permission = Permission.CATALOG_READ
    action_permissions: ClassVar = dict.fromkeys(("create", "partial_update"), Permission.COLLECTION_MANAGE)
    queryset = Collection.objects.all()
    serializer_class = CollectionSerializer

    def visible_rows(self) -> QuerySet[Collection]:
        read = collections_for(self.caller, Permission.CATALOG_READ)
        if self.action != "partial_update":
            return read.select_related("owner")
        managed = collections_for(self.caller, Permission.COLLECTION_MANAGE)
        return Collection.objects.filter(Q(pk__in=read.values("pk")) | Q(pk__in=managed.values("pk")))

    @extend_schema(
        request=NewCollection,
        responses={201: CollectionSerializer},
        examples=[OpenApiExample("Only a name", value={"name": "Radiology"}, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        """Make a collection, which nobody sees but those who hold something on all."""
        # First, so that the answer tells nobody else who has an account.
        require(self.caller, Permission.COLLECTION_MANAGE)
        with refusals_are_conflicts():
            made = create_collection(actor=self.caller, **self.read(NewCollection))
        return self.created(CollectionSerializer(made), made.pk)

    @extend_schema(request=CollectionChange, responses={200: CollectionSerializer})
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change what a collection says of itself; what is not in the body stays."""
        collection = self.get_object()
        require(self.caller, Permission.COLLECTION_MANAGE, collection)
        kept = {name: getattr(collection, name) for name in CHANGEABLE}
        with refusals_are_conflicts():
            said = self.read(CollectionChange, changed=collection)
            change_collection(collection, actor=self.caller, **(kept | said))
        return Response(CollectionSerializer(collection).data)
