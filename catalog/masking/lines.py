"""The lines of the header viewer: a header's elements, depth first, every value safe to show."""

from collections.abc import Iterator
from typing import NamedTuple

from catalog.masking.dicom_json import Dataset, Element, items_of, walk
from catalog.masking.lexicon import MASK
from catalog.masking.masker import Masker
from catalog.masking.naming import hiding_own_names
from catalog.masking.registry import Carrier, Rule, is_private, is_private_creator, rule_for, shown_vr
from catalog.masking.terminology import is_known_creator, private_name
from catalog.masking.verdict import Scope, Verdict, judge

_MOST_VALUES = 24


class Line(NamedTuple):
    """An element, or an item of a sequence (then `is_item`).

    `path` holds only hexadecimal digits and dots, so it can be an HTML id. `value` is always safe to show;
    `masked` tells that it is less than the file holds, `reason` why. `is_identifying` tells that the registry lists
    the attribute, also where it is empty or shown. `action` is the basic profile's of PS3.15 Table E.1-1.
    """

    path: str
    depth: int
    tag: str
    vr: str = ""
    keyword: str = ""
    name: str = ""
    value: str = ""
    masked: bool = False
    reason: str = ""
    action: str = ""
    is_identifying: bool = False
    is_private: bool = False
    creator: str = ""
    has_children: bool = False
    is_item: bool = False


def elements(header: Dataset, masker: Masker) -> Iterator[Line]:
    """Yield the lines of a header in DICOM JSON; who the header names is hidden wherever they are named."""
    scope = Scope(hiding_own_names(header, masker))
    yield from _lines(header, scope.of_dataset(header), "", 0)


def _lines(dataset: Dataset, scope: Scope, prefix: str, depth: int) -> Iterator[Line]:
    for tag, element in walk(dataset):
        rule = rule_for(tag, str(element.get("vr")))
        place = (f"{prefix}{tag:08X}", depth)
        if rule.way is Carrier.SEQUENCE:
            yield _line(tag, element, rule, _count(element), scope, place)
            yield from _item_lines(element, scope.below(rule), place)
        else:
            yield _line(tag, element, rule, judge(tag, element, rule, scope), scope, place)


def _item_lines(element: Element, scope: Scope, place: tuple[str, int]) -> Iterator[Line]:
    for number, item in enumerate(items_of(element), start=1):
        path, depth = f"{place[0]}.{number}", place[1] + 1
        yield Line(path, depth, "(FFFE,E000)", name=f"Item {number}", has_children=bool(item), is_item=True)
        yield from _lines(item, scope.of_dataset(item), f"{path}.", depth + 1)


def _line(
    tag: int, element: Element, rule: Rule, verdict: Verdict, scope: Scope, place: tuple[str, int]
) -> Line:
    creator = "" if is_private_creator(tag) or not is_private(tag) else scope.creator_of(tag)
    return Line(
        path=place[0],
        depth=place[1],
        tag=f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
        vr=shown_vr(str(element.get("vr"))),
        keyword=rule.keyword,
        name=rule.name or private_name(tag, creator),
        value=_joined(verdict.values),
        masked=verdict.masked,
        reason=verdict.reason or rule.reason,
        action=rule.action,
        is_identifying=rule.is_identifying or bool(scope.closed),
        is_private=is_private(tag),
        creator=creator if scope.masker.reveals or not creator or is_known_creator(creator) else MASK,
        has_children=rule.way is Carrier.SEQUENCE and bool(items_of(element)),
    )


def _count(element: Element) -> Verdict:
    number = len(items_of(element))
    return Verdict((f"{number} item" if number == 1 else f"{number} items",), False)


def _joined(values: tuple[str, ...]) -> str:
    """Backslashes part values, as in the file; long lists are cut."""
    text = "\\".join(values[:_MOST_VALUES])
    return f"{text}\\… ({len(values)} values)" if len(values) > _MOST_VALUES else text
