"""PHI lenses for programs: opened for a purpose, named with every request that is to see identifying values."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.aim_lens import aim_lens
from catalog.api.requests import VisiblePatient, VisibleSource, VisibleStudy
from catalog.sight import LENS_HEADER
from governance.access import can
from governance.actions.close_lens import ClosedBy, close_lenses
from governance.api.errors import Conflict
from governance.api.parameters import LARGEST
from governance.api.selection import SelectableSerializer
from governance.api.strict import StrictBody, StrictInteger, StrictText
from governance.api.views import ReadOnlyResource
from governance.audit import origin
from governance.models import Lens, Purpose
from governance.models.lens import LONGEST_MINUTES
from governance.permissions import Permission


class LensSerializer(SelectableSerializer):
    """An open lens of the token or session at hand."""

    id = serializers.IntegerField(read_only=True, min_value=1)
    scope = serializers.ChoiceField(Lens.Scope.choices, read_only=True)
    scope_id = serializers.IntegerField(
        read_only=True, min_value=1, help_text="The id of the study, the patient or the source."
    )
    collection = serializers.IntegerField(read_only=True, source="collection_id", min_value=1)
    purpose = serializers.ChoiceField(Purpose.choices, read_only=True)
    words = serializers.CharField(read_only=True, source="purpose_text")
    opened_at = serializers.DateTimeField(read_only=True)
    closes_at = serializers.DateTimeField(read_only=True)


class NewLens(StrictBody):
    """What to reveal, why, and for how long; exactly one of study, patient and source."""

    study: Any = VisibleStudy(required=False)
    patient: Any = VisiblePatient(required=False)
    source: Any = VisibleSource(required=False, help_text="Whose quarantine is to be revealed.")
    purpose = serializers.ChoiceField(Purpose.choices)
    words = StrictText(max_length=300, required=False, default="", allow_blank=True)
    minutes = StrictInteger(min_value=1, max_value=LONGEST_MINUTES, required=False, default=LONGEST_MINUTES)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        targets = [attrs[name] for name in ("study", "patient", "source") if name in attrs]
        if len(targets) != 1:
            raise serializers.ValidationError("Name one study, one patient or one source.")
        if not can(self.context["request"].user, Permission.PHI_REVEAL, targets[0].collection):
            raise serializers.ValidationError("Nothing there may be revealed by you.")
        return {**attrs, "target": targets[0]}


def _naming(member: str) -> dict[str, Any]:
    """What a body may hold that names a study, a patient or a source: exactly one of the three."""
    return {
        "type": "object",
        "required": ["purpose", member],
        "additionalProperties": False,
        "properties": {
            member: {"type": "integer", "minimum": 1, "maximum": LARGEST},
            "purpose": {"type": "string", "enum": list(Purpose.values)},
            "words": {"type": "string", "maxLength": 300, "pattern": r"^[^\x00-\x1f\x7f-\x9f]*$"},
            "minutes": {"type": "integer", "minimum": 1, "maximum": LONGEST_MINUTES},
        },
    }


_NEW_LENS = {"application/json": {"oneOf": [_naming(member) for member in ("study", "patient", "source")]}}


class Lenses(ReadOnlyResource):
    """Lenses that this token or session has open."""

    permission = Permission.PHI_REVEAL
    queryset = Lens.objects.all()
    serializer_class = LensSerializer

    def visible_rows(self) -> QuerySet[Lens]:
        own = Lens.objects.filter(user=self.caller).open_at(timezone.now())
        return own.shown_with(origin.current().credential)

    @extend_schema(
        request=_NEW_LENS,
        responses={201: LensSerializer},
        examples=[OpenApiExample("A study", value={"study": 1, "purpose": "incident"}, request_only=True)],
        description=(
            "Open a lens, and close what was open before. Send its id with each request that is to see identifying "
            f"values, as `{LENS_HEADER}: ID`: rows that it reaches then have them in `revealed`, and headers unmasked. "
            "Opening it and every read under it are audit events."
        ),
    )
    def create(self, request: Request) -> Response:
        body = NewLens(data=request.data, context={"request": request})
        body.is_valid(raise_exception=True)
        given = body.validated_data
        try:
            lens = aim_lens(
                self.caller,
                given["target"],
                Purpose(given["purpose"]),
                words=given["words"],
                minutes=given["minutes"],
            )
        except ValidationError as refusal:
            raise Conflict(" ".join(refusal.messages)) from None
        return Response(LensSerializer(lens).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: int) -> Response:
        """Close a lens before its time."""
        self.get_object()
        credentials = [origin.current().credential]
        close_lenses(self.caller, by=ClosedBy.ASKED, actor=self.caller, credentials=credentials)
        return Response(status=status.HTTP_204_NO_CONTENT)
