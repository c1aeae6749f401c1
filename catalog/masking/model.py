"""A masked header for programs, in the DICOM JSON Model (PS3.18 section F.2)."""

from typing import Any

from catalog.identifying import Kind
from catalog.masking.dicom_json import Dataset, Element, byte_length, items_of, values_of, walk
from catalog.masking.lexicon import MASK
from catalog.masking.masker import Masker
from catalog.masking.naming import hiding_own_names
from catalog.masking.registry import Carrier, rule_for, shown_vr
from catalog.masking.verdict import Scope, judge

# What is shown of these unmasked is the value itself; of others it is a cleaned text.
_AS_THEY_ARE = frozenset({Kind.NUMBER, Kind.UID, Carrier.TAG})


def masked_json(header: Dataset, masker: Masker) -> dict[str, Any]:
    """Return a header with masked values.

    An element that shows less than the file holds has "Masked": true, and "Value" only where something may be
    shown. Binary and long values have "Bulk" with their length, without their hash.
    """
    scope = Scope(hiding_own_names(header, masker))
    return _dataset(header, scope.of_dataset(header))


def _dataset(dataset: Dataset, scope: Scope) -> dict[str, Any]:
    return {f"{tag:08X}": _element(tag, element, scope) for tag, element in walk(dataset)}


def _element(tag: int, element: Element, scope: Scope) -> dict[str, Any]:
    rule = rule_for(tag, str(element.get("vr")))
    shown: dict[str, Any] = {"vr": shown_vr(str(element.get("vr")))}
    if rule.way is Carrier.SEQUENCE:
        below = scope.below(rule)
        items = [_dataset(item, below.of_dataset(item)) for item in items_of(element)]
        return {**shown, "Value": items} if items else shown
    if (length := byte_length(element)) is not None:
        return {**shown, "Bulk": {"length": length}, "Masked": True}
    if scope.masker.reveals:
        return {**shown, **({"Value": element["Value"]} if "Value" in element else {})}
    verdict = judge(tag, element, rule, scope)
    if verdict.masked:
        return {
            **shown,
            **({} if verdict.values == (MASK,) else {"Value": list(verdict.values)}),
            "Masked": True,
        }
    if not verdict.values:
        return shown
    return {**shown, "Value": values_of(element) if rule.way in _AS_THEY_ARE else list(verdict.values)}
