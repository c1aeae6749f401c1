"""The shape of every resource of the API: declared parameters, visible rows, chosen fields, keyset pages."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from governance.api.paging import BY_ID, KeysetPagination, Sort, paging_parameters
from governance.api.parameters import Filter, Parameter, one_of, refuse_unknown
from governance.api.selection import SelectableSerializer
from governance.api.strict import StrictBody
from governance.models import User
from governance.permissions import Permission


class Resource(GenericViewSet[Any]):
    """Rows of one model, whose queryset knows visible_to(): what that hides is not there (404)."""

    permission: ClassVar[Permission]
    serializer_class: type[SelectableSerializer]
    # None for what needs no permission: see OpenToSome.
    action_permissions: ClassVar[Mapping[str, Permission | None]] = {}
    filters: ClassVar[Sequence[Filter]] = ()
    sorts: ClassVar[Sequence[Sort]] = (BY_ID,)
    default_sort: ClassVar[str] = "id"
    pagination_class = KeysetPagination
    lookup_value_converter = "int"
    # What the query parameters say; nothing until a request has come in.
    given: Mapping[str, Any] = MappingProxyType({})

    def parameters(self) -> list[Parameter]:
        """Return the query parameters of the action at hand: those accepted are those in the schema."""
        if self.action == "list":
            return [
                *self.filters,
                *paging_parameters(self.sorts, self.default_sort),
                self._fields_parameter(),
            ]
        return [self._fields_parameter()] if self.action == "retrieve" else []

    def _fields_parameter(self) -> Parameter:
        return Parameter(
            name="fields",
            kind=one_of(self.serializer_class().fields),
            separated=True,
            description="Only these members of each row, separated by commas. All when not given.",
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the query parameters once the reader is known to be let in."""
        super().initial(request, *args, **kwargs)
        if not self.action:
            return  # No such method here, which DRF says in a moment.
        declared = self.parameters()
        refuse_unknown(request.query_params, declared)
        self.given = {parameter.name: parameter.read(request.query_params) for parameter in declared}

    @property
    def caller(self) -> User:
        """Who asks: HoldsPermission has let nobody in who is not signed in."""
        user = self.request.user
        if not isinstance(user, User):
            raise NotAuthenticated
        return user

    def visible_rows(self) -> QuerySet[Any]:
        """Return the rows that the reader may see, before any filter."""
        rows: QuerySet[Any] = super().get_queryset()
        return rows.visible_to(self.request.user)  # type: ignore[attr-defined, no-any-return]

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.visible_rows()
        return self.narrowed(rows, self.filters) if self.action == "list" else rows

    def narrowed(self, rows: QuerySet[Any], filters: Iterable[Filter]) -> QuerySet[Any]:
        """Apply those filters that were given."""
        for declared in filters:
            if (value := self.given[declared.name]) is not None:
                rows = declared.apply(rows, value)
        return rows

    def read(self, body: type[StrictBody], **context: Any) -> dict[str, Any]:
        """Return what the request's body says; raise ValidationError naming each member that cannot be used."""
        serializer = body(data=self.request.data, context={"request": self.request, **context})
        serializer.is_valid(raise_exception=True)
        said: dict[str, Any] = serializer.validated_data
        return said

    def created(self, serializer: SelectableSerializer, pk: int) -> Response:
        """Answer 201 with a new row, and where it is found from now on."""
        address = reverse(f"api:{self.basename}-detail", kwargs={"pk": pk}, request=self.request)
        return Response(serializer.data, status=status.HTTP_201_CREATED, headers={"Location": address})

    def get_serializer_context(self) -> dict[str, Any]:
        return {
            **super().get_serializer_context(),
            "fields": self.given.get("fields") if self.request else None,
        }


class ReadOnlyResource(ListModelMixin, RetrieveModelMixin, Resource):
    """A resource that is listed and retrieved; every write of the catalogue is an action of its own."""


class NoSuchAddress(APIView):
    """Answers every address below /api/ that is nobody's, so that it too is a problem document."""

    permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound

    def get(self, request: Request) -> Response:
        raise NotFound
