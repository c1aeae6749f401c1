"""Field selection: `?fields=a,b` leaves only those members in each row."""

from typing import Any

from rest_framework import serializers


class SelectableSerializer(serializers.Serializer[Any]):
    """A serializer that keeps the fields its context names under `fields`; all without that."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields: dict[str, serializers.Field] = super().get_fields()
        chosen = self.context.get("fields")
        return {name: field for name, field in fields.items() if not chosen or name in chosen}
