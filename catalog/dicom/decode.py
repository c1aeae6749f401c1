"""Raw elements as DICOM JSON (PS3.18 F.2), equal to what pydicom says of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from struct import Struct
from typing import Any, cast

from pydicom import Dataset
from pydicom.datadict import private_dictionary_VR

from catalog.dicom import reference, values, wire
from catalog.dicom.causes import UnsureError
from catalog.dicom.charsets import DEFAULT_ENCODINGS, Encodings, encodings_of
from catalog.dicom.elements import Bulk, Decoded, Json, RawElement, UndefinedLength
from catalog.dicom.quiet import quietly
from catalog.dicom.reference import LARGEST_INLINE
from catalog.dicom.tags import (
    PIXEL_REPRESENTATION,
    SPECIFIC_CHARACTER_SET,
    creator_of,
    is_private,
    is_private_creator,
    name_of,
)
from catalog.dicom.values import Compact

# Elements whose VR in an implicit data set is US or SS by the pixel representation (PS3.5 A.1, PS3.6);
# the list is pydicom's.
US_OR_SS = frozenset({
    0x00189810, 0x00221452, 0x00280104, 0x00280105, 0x00280106, 0x00280107, 0x00280108, 0x00280109,
    0x00280110, 0x00280111, 0x00280120, 0x00280121, 0x00281101, 0x00281102, 0x00281103, 0x00283002,
    0x00409211, 0x00409216, 0x00603004, 0x00603006,
})  # fmt: skip
# Elements that are OW in an implicit data set (PS3.5 8.1.2, 8.3): overlays and waveforms.
ALWAYS_OW = frozenset(
    {0x54000110, 0x54000112, 0x5400100A, 0x54001010} | {g << 16 | 0x3000 for g in range(0x6000, 0x601F, 2)}
)
# Lookup table descriptors, whose first signed value pydicom corrects.
LUT_DESCRIPTORS = frozenset({0x00281101, 0x00281102, 0x00281103, 0x00283002})

# Converters that need nothing but the value, save that of a lookup table descriptor in SS.
PLAIN = values.CONVERTERS
LAST_META = 0x0002FFFF
# Levels of nested sequences. The deepest structured reports have some twenty; Python's own limit would depend on
# who calls.
DEEPEST = 100
# A decoded sequence takes twenty times the bytes of its value; a code with its meaning has some two hundred.
LONGEST_REMEMBERED = 2048

_item_head = Struct("<4sI").unpack_from


_TOO_DEEP = "SQ", {"Error": f"Sequences are nested more than {DEEPEST} levels deep."}


class TooDeepError(Exception):
    """Sequences are nested deeper than anybody means them to be."""


class DataSet:
    """The elements of one data set, or of one item of a sequence so many levels deep, with what their meaning depends on.

    Within an item nothing is handed to pydicom: the whole sequence is, by the data set that holds it.
    """

    def __init__(
        self,
        elements: Mapping[int, RawElement],
        parent: Encodings = DEFAULT_ENCODINGS,
        *,
        explicit: bool,
        depth: int = 0,
    ) -> None:
        self._elements = elements
        self._explicit = explicit
        self._depth = depth
        self._by_pydicom: dict[bool, Dataset] = {}
        self.encodings = parent
        character_set = elements.get(SPECIFIC_CHARACTER_SET)
        if character_set is not None and isinstance(character_set.value, bytes):
            self.encodings = encodings_of(bytes(character_set.value))
        self._meta_encodings = self.encodings if depth else DEFAULT_ENCODINGS

    def json(self, elements: Iterable[RawElement]) -> Json:
        """These elements by name, in DICOM JSON."""
        found: Json = {}
        for element in elements:
            tag, vr, value = element
            convert = PLAIN.get(vr) if tag not in LUT_DESCRIPTORS else None
            if convert is None or type(value) is not bytes or not 0 < len(value) <= LARGEST_INLINE:
                found[name_of(tag)] = expand(*self.convert(element))
                continue
            try:
                result = convert(value, self.encodings if tag > LAST_META else self._meta_encodings)
            except (UnsureError, ValueError):
                found[name_of(tag)] = expand(*self.convert(element))
                continue
            if type(result) is not list:
                found[name_of(tag)] = {"vr": vr, "Value": [result]}
            else:
                found[name_of(tag)] = {"vr": vr, "Value": result} if result else {"vr": vr}
        return found

    def element_json(self, element: RawElement) -> tuple[Json, bool]:
        """An element in DICOM JSON, and whether nothing but itself, the encodings and the syntax decided that."""
        tag, vr, value = element
        if not (depends_on_others(tag, vr, explicit=self._explicit) or isinstance(value, Decoded)):
            try:
                return expand(*self._convert(element)), True
            except TooDeepError:
                return expand(*_TOO_DEEP), True
            except (UnsureError, ValueError):
                pass
        return expand(*self.convert(element)), False

    def convert(self, element: RawElement) -> tuple[str, Compact]:
        """An element's VR and the compact form of its value; never raises outside of items."""
        if isinstance(element.value, Decoded):
            return element.value.json["vr"], compact_of(element.value.json)
        if self._depth:
            return self._convert(element)
        try:
            return self._convert(element)
        except TooDeepError:
            return _TOO_DEEP
        except (UnsureError, ValueError):
            found = self._ask_pydicom(element.tag)
            return found["vr"], compact_of(found)

    def _convert(self, element: RawElement) -> tuple[str, Compact]:
        tag, _, value = element
        explicit = self._explicit or (tag >> 16 == 2 and self._depth == 0)
        vr = self.vr(element, explicit=explicit)
        if isinstance(value, Bulk):
            return vr, {"Bulk": value.as_json()}
        if vr == "SQ":
            return vr, _items(cast("bytes", value), self.encodings, explicit=explicit, depth=self._depth + 1)
        encodings = self.encodings if tag > LAST_META else self._meta_encodings
        if vr == "SS" and tag in LUT_DESCRIPTORS:
            raise UnsureError
        return vr, values.compact(vr, cast("bytes", value), encodings)

    def vr(self, element: RawElement, *, explicit: bool) -> str:
        """The VR that pydicom gives to the element: as written, or from the dictionaries."""
        tag, vr, value = element
        if explicit and vr != "UN":
            return vr
        if isinstance(value, UndefinedLength):
            return "SQ"
        if is_private(tag):
            return self._private_vr(tag)
        length = value.length if isinstance(value, Bulk) else len(cast("bytes", value))
        if explicit:
            # A known element may be UN because it is too long for its own VR (PS3.5 6.2.2, note 5).
            vr = wire.vr_of(tag) if length < 0xFFFF else "UN"
            if " " in vr:
                raise UnsureError
        if " " in vr:
            return self._ambiguous_vr(tag, vr)
        return vr or ("UL" if not explicit and not tag & 0xFFFF else "UN")

    def _private_vr(self, tag: int) -> str:
        if is_private_creator(tag):
            return "LO"
        if not tag & 0xFF00:
            return "UN"
        creator = self._elements.get(creator_of(tag))
        # A sequence names nobody, however deep it is.
        if creator is None or creator.vr == "SQ" or isinstance(creator.value, UndefinedLength):
            return "UN"
        _, name = self._convert(creator)
        return private_vr(tag, name) if isinstance(name, str) else "UN"

    def _ambiguous_vr(self, tag: int, vr: str) -> str:
        if self._depth:
            # Inside items pydicom looks at the pixel representation of the data sets around.
            raise UnsureError
        if vr == "US or SS" and tag in US_OR_SS:
            representation = self._elements.get(PIXEL_REPRESENTATION)
            if representation is None:
                return "US"
            if not isinstance(representation.value, bytes) or len(representation.value) != 2:
                raise UnsureError
            return "SS" if any(representation.value) else "US"
        if vr == "OB or OW" and tag in ALWAYS_OW:
            return "OW"
        raise UnsureError

    def _ask_pydicom(self, tag: int) -> Json:
        is_meta = tag >> 16 == 2
        with quietly():
            if is_meta not in self._by_pydicom:
                chosen = [e for e in self._elements.values() if (e.tag >> 16 == 2) == is_meta]
                encodings = list(DEFAULT_ENCODINGS if is_meta else self.encodings)
                explicit = self._explicit or is_meta
                self._by_pydicom[is_meta] = reference.data_set(chosen, encodings, explicit=explicit)
            return reference.json_of(self._by_pydicom[is_meta], tag)


def depends_on_others(tag: int, vr: str, *, explicit: bool) -> bool:
    """Whether a private creator, another element or the value's length has a say in an element's VR."""
    return vr in ("", "UN") or " " in vr or (not explicit and is_private(tag))


class ElementMemory:
    """Elements that were decoded before, as JSON and as text written by `write`; one for each chunk of files.

    A device writes most of its elements alike in all its series, sequences of codes among them. What an
    element means may depend on others, and such elements are never remembered; nor are long ones, which
    are alone of their kind.
    """

    def __init__(self, write: Callable[[Json], str]) -> None:
        self._write = write
        self._known: dict[tuple[bool, Encodings], dict[RawElement, tuple[str, Json, str]]] = defaultdict(dict)

    def header(self, elements: Mapping[int, RawElement], *, explicit: bool) -> tuple[Json, str]:
        """These elements in DICOM JSON, and the same as text."""
        context = DataSet(elements, explicit=explicit)
        known = self._known[explicit, context.encodings]
        found: Json = {}
        texts: list[str] = []
        for element in elements.values():
            decoded = known.get(element)
            if decoded is None:
                decoded = self._decode(context, element, known)
            name, found[name], text = decoded
            texts.append(text)
        return found, f"{{{','.join(texts)}}}"

    def _decode(
        self, context: DataSet, element: RawElement, known: dict[RawElement, tuple[str, Json, str]]
    ) -> tuple[str, Json, str]:
        name = name_of(element.tag)
        found, stands_alone = context.element_json(element)
        decoded = name, found, f'"{name}":{self._write(found)}'
        if stands_alone and isinstance(element.value, bytes) and len(element.value) <= LONGEST_REMEMBERED:
            known[element] = decoded
        return decoded


@lru_cache(maxsize=1 << 14)
def private_vr(tag: int, creator: str) -> str:
    """The VR of a private element in pydicom's private dictionary, else UN."""
    try:
        return str(private_dictionary_VR(tag, creator))
    except KeyError:
        return "UN"


def _items(data: bytes, parent: Encodings, *, explicit: bool, depth: int) -> list[Json]:
    """The items of a sequence (PS3.5 7.5), each a data set in DICOM JSON."""
    if depth > DEEPEST:
        raise TooDeepError
    items: list[Json] = []
    position, size = 0, len(data)
    if isinstance(data, UndefinedLength):
        size -= 8
    while position < size:
        if position + 8 > size:
            raise UnsureError
        key, length = _item_head(data, position)
        if key != wire.ITEM:
            raise UnsureError
        elements, position, item_explicit = item_elements(data, position + 8, length, explicit=explicit)
        item = DataSet(elements, parent, explicit=item_explicit, depth=depth)
        items.append(item.json(elements.values()))
    if position != size:
        raise UnsureError
    return items


def item_elements(
    data: bytes, position: int, length: int, *, explicit: bool
) -> tuple[dict[int, RawElement], int, bool]:
    """An item's elements, where the item ends, and whether it is in explicit VR."""
    end = wire.EVERY_TAG if length == wire.NO_LENGTH else position + length
    elements: dict[int, RawElement] = {}
    explicit = wire.item_is_explicit(data, position, explicit=explicit) if length else explicit
    while position < end:
        if data[position : position + 4] == wire.ITEM_END:
            if length != wire.NO_LENGTH:
                raise UnsureError
            return elements, position + 8, explicit
        entry = wire.element_at(data, position, explicit=explicit)
        if entry is None:
            raise UnsureError
        tag, vr, _, start, position = entry
        if tag in elements:
            raise UnsureError
        elements[tag] = RawElement(tag, vr, wire.value_of(data, start, position))
    if position != end:
        raise UnsureError
    return elements, position, explicit


def expand(vr: str, value: Compact) -> Json:
    """A value's compact form as DICOM JSON has it."""
    if isinstance(value, list):
        return {"vr": vr, "Value": value} if value or vr == "SQ" else {"vr": vr}
    if isinstance(value, dict):
        return {"vr": vr, **value}
    return {"vr": vr, "Value": [value]}


def compact_of(element: Mapping[str, Any]) -> Compact:
    """The compact form of an element in DICOM JSON, its VR left out."""
    found = element.get("Value")
    if found is not None:
        return found[0] if len(found) == 1 and isinstance(found[0], str | int | float) else found
    rest = {key: value for key, value in element.items() if key != "vr"}
    return rest or []
