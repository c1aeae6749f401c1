"""Splits of objects that are alone in their series, after the one before of the same shape.

Where every series is one image, objects of one device have most elements alike, and nothing but the values of
the slots tells their splits apart.
"""

from catalog.dicom.decode import depends_on_others
from catalog.dicom.elements import RawElement, RawObject, Shape
from catalog.dicom.header_hash import begin_hash, finish_hash, hashed_content
from catalog.dicom.series_split import Plan, SeriesSplit


class Mould:
    """What the splits of objects of one shape have in common, taken from the first of them."""

    def __init__(self, shape: Shape, first: SeriesSplit) -> None:
        self._first = first
        slots = shape.slot_numbers
        # A slot's value is put in its place later, and is of the plain kind then.
        elements = {
            tag: RawElement(tag, element.vr, b"") if tag in slots else element
            for tag, element in first.shared.items()
        }
        self._elements = elements
        self._contents = [hashed_content(element.value) for element in elements.values()]
        self._slots = [
            (tag, element.vr, slots[tag], place)
            for place, (tag, element) in enumerate(elements.items())
            if tag in slots
        ]
        self._hash = begin_hash(elements.values(), first.varying, first.transfer_syntax, first.character_set)
        self._plans: dict[Shape, Plan] = {}

    def cast(self, number: int, found: RawObject) -> SeriesSplit | None:
        """The split of one object, which is number `number`; None where it holds a value of another kind."""
        elements, contents = self._elements.copy(), self._contents.copy()
        for tag, vr, slot, place in self._slots:
            value = found.values[slot]
            if type(value) is not bytes:
                return None
            elements[tag] = RawElement(tag, vr, value)
            contents[place] = value
        first = self._first
        return SeriesSplit(
            finish_hash(self._hash.copy(), contents),
            first.transfer_syntax,
            first.character_set,
            elements,
            first.varying,
            (number,),
            first.explicit,
            first.is_mixed,
            first.columns,
            self._plans,
        )


def mould_of(shape: Shape, first: SeriesSplit) -> Mould | None:
    """A mould for objects of this shape; None where more than its own value decides about something that varies."""
    slots = {slot.tag: slot for slot in shape.slots}
    for tag in first.columns:
        slot = slots.get(tag)
        if slot is None or depends_on_others(tag, slot.vr, explicit=shape.explicit):
            return None
    return None if first.is_mixed else Mould(shape, first)
