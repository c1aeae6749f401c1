"""Private blocks in the shape of their makers, from tables/private.json."""

import struct
from collections.abc import Mapping
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from catalog.synthesis.chance import chance
from catalog.synthesis.tables import table

VARYING = ("{number}", "{position}", "{clock}")


def add_private(dataset: Dataset, maker: str, facts: Mapping[str, object], *, varying: bool) -> None:
    """Add the maker's private elements: those that differ by instance, or those that a series shares."""
    for block in table("private").get(maker, ()):
        wanted = {number: row for number, row in block["elements"].items() if _varies(row) is varying}
        if not wanted:
            continue
        group, creator = int(block["group"], 16), block["creator"]
        # The instance holds only the elements; their creator and its slot are the shared part's.
        slots = _slots(maker) if varying else {}
        start = slots.get((group, creator))
        private = None if start else dataset.private_block(group, creator, create=True)
        for number, (vr, value) in wanted.items():
            offset = int(number, 16)
            tag = private.get_tag(offset) if private else (group << 16) + (start or 0) * 256 + offset
            dataset.add_new(tag, vr, _value(vr, value, facts))


def csa(fields: Mapping[str, str]) -> bytes:
    """A Siemens CSA 'SV10' blob: the form in which the header of a Siemens image hides a second header."""
    body = b"SV10\4\3\2\1" + struct.pack("<II", len(fields), 77)
    for name, value in fields.items():
        raw = value.encode("latin-1") + b"\0"
        body += struct.pack("<64si4siii", name.encode(), 1, b"LO\0\0", 19, 6, 77)
        body += struct.pack("<4i", len(raw), len(raw), 77, len(raw)) + raw + b"\0" * (-len(raw) % 4)
        body += struct.pack("<4i", 0, 0, 77, 0) * 5
    return body + b"\0" * (len(body) % 2)


def csa_fields(kind: str, facts: Mapping[str, object]) -> dict[str, str]:
    """What the image or the series header holds; PatientName is what a careless de-identifier forgets."""
    if kind == "csa:image":
        return {
            "EchoLinePosition": "128",
            "ImaAbsTablePosition": "0",
            "SliceResolution": "1",
            "RealDwellTime": "8800",
        }
    return {
        "UsedPatientWeight": "75",
        "NumberOfPrescans": "0",
        "TransmitterCalibration": "411.28",
        "DeviceSerialNumber": str(facts.get("serial", "")),
        "PatientName": str(facts.get("csa_name", "")),
        "SequenceFileOwner": "SIEMENS",
    }


def _varies(row: list[Any]) -> bool:
    return isinstance(row[1], str) and row[1] in VARYING


def _slots(maker: str) -> dict[tuple[int, str], int]:
    """Which block number (0x10…) each creator has, in the order in which the shared part reserves them."""
    slots: dict[tuple[int, str], int] = {}
    for block in table("private")[maker]:
        group = int(block["group"], 16)
        taken = sum(1 for other, _ in slots if other == group)
        slots[group, block["creator"]] = 0x10 + taken
    return slots


def _value(vr: str, value: Any, facts: Mapping[str, object]) -> Any:
    if vr == "SQ":
        return Sequence([_item(row, facts) for row in value])
    if not isinstance(value, str):
        return value
    if value.startswith("csa:"):
        return csa(csa_fields(value, facts))
    if value.startswith("noise:"):
        return chance(value).randbytes(int(value.removeprefix("noise:")))
    if value.startswith("{"):
        filled = facts[value.strip("{}")]
        return filled if vr in ("SL", "UL", "FL", "FD") else str(filled)
    return value


def _item(row: Mapping[str, Any], facts: Mapping[str, object]) -> Dataset:
    item = Dataset()
    block = item.private_block(int(row["group"], 16), row["creator"], create=True)
    for number, (vr, value) in row["elements"].items():
        block.add_new(int(number, 16), vr, _value(vr, value, facts))
    return item
