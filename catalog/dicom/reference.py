"""pydicom, the reference: it reads what the fast reader is not certain of, and its word is final."""

import hashlib
import json
import re
from collections.abc import Iterator
from io import BytesIO
from struct import Struct
from typing import Any, cast

from pydicom import Dataset, dcmread, uid
from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.errors import InvalidDicomError
from pydicom.filereader import data_element_generator
from pydicom.tag import BaseTag
from pydicom.valuerep import AMBIGUOUS_VR, BYTES_VR

from catalog.dicom import wire
from catalog.dicom.byte_source import ByteSource, SourceFile
from catalog.dicom.causes import Cause, Unreadable
from catalog.dicom.elements import (
    Bulk,
    Decoded,
    Json,
    PixelData,
    Preamble,
    RawElement,
    RawObject,
    Shape,
    Slot,
    Trailing,
    UndefinedLength,
)
from catalog.dicom.quiet import quietly
from catalog.dicom.tags import (
    MEDIA_STORAGE_SOP_CLASS_UID,
    PIXEL_DATA,
    TRANSFER_SYNTAX_UID,
    name_of,
    shown,
)

# Values above this many bytes, and binary ones of any length, are kept as length and hash.
LARGEST_INLINE = 1024
BINARY_VRS = frozenset(str(vr) for vr in (BYTES_VR | AMBIGUOUS_VR)) - {"US or SS"}

# What pydicom says that holds tags, offsets and lengths only. Everything else is told by its type.
_SAFE_REASONS = tuple(
    re.compile(pattern)
    for pattern in (
        r"File is missing DICOM File Meta Information header .*",
        r"No tag to read at file position [0-9A-F]+",
        r"unpack(_from)? requires a buffer of (at least )?\d+ bytes.*",
        r"Error -\d+ while decompressing data: [a-z ]+",
        r"End of input before encapsulated delimiter found",
        r"Expected (implicit|explicit) VR, but found (implicit|explicit) VR",
        r"Unknown Value Representation '0x[0-9a-f]{2} 0x[0-9a-f]{2}' in tag \([0-9A-F]{4},[0-9A-F]{4}\)",
        r"maximum recursion depth exceeded.*",
        r"byte string too short - must be at least 4 bytes long\.",
    )
)

_swapped_tag = Struct(">HH").unpack
_plain_tag = Struct("<HH").unpack


def reason_of(error: BaseException) -> str:
    """pydicom's reason where it is known to hold no value, else the kind of error alone."""
    text = str(error)
    if any(pattern.fullmatch(text) for pattern in _SAFE_REASONS):
        return text
    return type(error).__name__


def read_object(source: ByteSource) -> RawObject:
    """Read a header with pydicom, each element decoded; raises Unreadable with pydicom's own reason."""
    file = SourceFile(source)
    with quietly():
        dataset = _dcmread(source, file)
        by_tag = {found.tag: found for part in (dataset.file_meta, dataset) for found in _elements(part)}
    elements = [by_tag[tag] for tag in sorted(by_tag)]
    texts = {element.tag: _first_text(element.value) for element in elements if element.tag >> 16 == 2}
    syntax = texts.get(TRANSFER_SYNTAX_UID, "")
    if texts.get(MEDIA_STORAGE_SOP_CLASS_UID) == uid.MediaStorageDirectoryStorage:
        raise Unreadable(Cause.DICOMDIR)
    if syntax in wire.REFERENCED_DEFLATED:
        raise Unreadable(Cause.UNSUPPORTED_TRANSFER_SYNTAX, "deflated, with its pixels elsewhere (JPIP)")
    slots = tuple(Slot(element.tag, element.vr) for element in elements)
    shape = Shape(slots, syntax, explicit=not dataset.original_encoding[0], decoded=True)
    end = file.tell()
    pixel_data = None
    if syntax != uid.DeflatedExplicitVRLittleEndian:
        pixel_data = _pixel_data(source, dataset, end)
    preamble, preamble_sha256 = _preamble(dataset.preamble)
    return RawObject(
        shape,
        [element.value for element in elements],
        _content_hash(elements, pixel_data),
        preamble,
        preamble_sha256,
        pixel_data,
        _trailing(source, pixel_data),
        0 if pixel_data else max(0, source.size - end),
    )


def _preamble(preamble: bytes | None) -> tuple[Preamble, str]:
    if preamble is None:
        return Preamble.ABSENT, ""
    if not any(preamble):
        return Preamble.ZERO, ""
    return Preamble.FILLED, hashlib.sha256(preamble).hexdigest()


def data_set_of(source: ByteSource) -> Any:
    """The data set as pydicom reads it; raises Unreadable."""
    return _dcmread(source, SourceFile(source))


def _dcmread(source: ByteSource, file: SourceFile) -> Any:
    try:
        return dcmread(file, stop_before_pixels=True, force=looks_like_data_set(source))
    except Unreadable:
        raise
    except InvalidDicomError as error:
        raise Unreadable(Cause.NOT_DICOM, reason_of(error)) from None
    except Exception as error:
        # Where pydicom looked for more than the file holds, the file was cut off.
        is_at_end = file.tell() >= source.size
        raise Unreadable(Cause.TRUNCATED if is_at_end else Cause.CORRUPT, reason_of(error)) from None


def looks_like_data_set(source: ByteSource) -> bool:
    """Whether bytes without the DICOM prefix begin as file meta information or a data set does.

    Only then is pydicom asked to read them all the same: with force it reads anything.
    """
    head = source.read_at(0, 12)
    if len(head) < 12 or source.read_at(128, 4) == b"DICM":
        return False
    vr = head[4:6].decode("latin-1")
    explicit = vr in wire.LONG_VRS or vr in wire.SHORT_VRS
    if head[:2] in (b"\x02\x00", b"\x08\x00"):
        length = int.from_bytes(head[4:8], "little")
        return (explicit or length <= 64) and wire.vr_of(wire.tag_at(head, 0)) != ""
    group, element = _swapped_tag(head[:4])
    return explicit and group == 8 and wire.vr_of(group << 16 | element) != ""


def _elements(dataset: Dataset) -> Iterator[RawElement]:
    for raw in list(dataset.values()):
        if isinstance(raw, RawDataElement):
            held = len(raw.value or b"")
            if raw.length != wire.NO_LENGTH and held < raw.length:
                detail = f"{shown(raw.tag)} declares {raw.length} bytes, the file holds {held} of them"
                raise Unreadable(Cause.TRUNCATED, detail)
        found = element_json(dataset, raw)
        text = json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        yield RawElement(int(raw.tag), found["vr"], Decoded(found, text.encode("utf-8", "surrogatepass")))


def element_json(dataset: Dataset, raw: RawDataElement | DataElement) -> Json:
    """One element as DICOM JSON (PS3.18 F.2), by pydicom; an element it cannot decode keeps its place.

    Such an element is {"vr": …, "Error": reason}, without any value.
    """
    content = raw.value if isinstance(raw, RawDataElement) else None
    try:
        element = dataset[raw.tag]
        if element.VR == "SQ":
            return {"vr": "SQ", "Value": [_item_json(item) for item in element.value]}
        return _value_json(element, content)
    except Exception as error:
        return {"vr": str(raw.VR or "UN"), "Error": reason_of(error)}


def json_of(dataset: Dataset, tag: int) -> Json:
    """The element of a data set with this tag, as `element_json` has it."""
    return next(element_json(dataset, raw) for raw in list(dataset.values()) if raw.tag == tag)


def _item_json(item: Dataset) -> Json:
    return {name_of(raw.tag): element_json(item, raw) for raw in list(item.values())}


def _value_json(element: DataElement, content: bytes | None) -> Json:
    vr = str(element.VR)
    if content is None and isinstance(element.value, bytes):
        content = element.value
    if not content and element.is_empty:
        return {"vr": vr}
    is_bulk = vr in BINARY_VRS or isinstance(element.value, bytes)
    if content is not None and (is_bulk or len(content) > LARGEST_INLINE):
        return {"vr": vr, "Bulk": bulk_of(content).as_json()} if content else {"vr": vr}
    found = element.to_json_dict(None, 0)
    if "Value" in found:
        found["Value"] = [plain(value) for value in found["Value"]]
    return {**found, "vr": vr}


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers that JSON cannot write as text, pydicom's own kinds of text as text."""
    if isinstance(value, float):
        return value if value - value == 0.0 else NOT_FINITE[repr(value)]
    return str(value) if isinstance(value, str) else value


NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def bulk_of(content: bytes, offset: int = 0) -> Bulk:
    """A value's length and hash."""
    return Bulk(len(content), hashlib.sha256(content).hexdigest(), offset)


def data_set(elements: list[RawElement], encodings: list[str], *, explicit: bool) -> Dataset:
    """Raw elements in little endian as the data set that pydicom would have read from the file."""
    found: dict[BaseTag, RawDataElement | DataElement] = {}
    for element in elements:
        tag, vr, value = element
        if isinstance(value, UndefinedLength):
            stream = BytesIO(wire.encoded(element, explicit=explicit))
            found[BaseTag(tag)] = next(
                data_element_generator(stream, not explicit, is_little_endian=True, encoding=encodings)
            )
        elif isinstance(value, bytes):
            written = vr if explicit else None
            content = value or cast("bytes | None", empty_value_for_VR(written, raw=True))
            found[BaseTag(tag)] = RawDataElement(
                BaseTag(tag), written, len(value), content, 0, not explicit, True
            )
    dataset = Dataset(found)
    dataset.set_original_encoding(not explicit, True, encodings)
    return dataset


def _first_text(value: Any) -> str:
    values = value.json.get("Value") if isinstance(value, Decoded) else None
    return str(values[0]) if values else ""


def _pixel_data(source: ByteSource, dataset: Any, position: int) -> PixelData | None:
    """The pixel data element that pydicom stopped before."""
    implicit, little = dataset.original_encoding
    head = source.read_at(position, 12)
    if len(head) < 8:
        return None
    group, element = (_plain_tag if little else _swapped_tag)(head[:4])
    tag = group << 16 | element
    if tag not in PIXEL_DATA:
        return None
    order = "little" if little else "big"
    vr = "" if implicit else head[4:6].decode("latin-1")
    width = 4 if implicit or vr in wire.LONG_VRS else 2
    start = {True: 4, False: 8 if width == 4 else 6}[bool(implicit)]
    length = int.from_bytes(head[start : start + width], cast("Any", order))
    offset = position + start + width
    if length == wire.NO_LENGTH:
        return PixelData(tag, vr, offset, None)
    return PixelData(tag, vr, offset, length, max(0, offset + length - source.size))


def _trailing(source: ByteSource, pixel_data: PixelData | None) -> Trailing:
    if pixel_data is None:
        return Trailing.NOTHING
    end = None if pixel_data.length is None else pixel_data.offset + pixel_data.length
    return Trailing.NOTHING if end is not None and end >= source.size else Trailing.NOT_LOOKED_AT


def _content_hash(elements: list[RawElement], pixel_data: PixelData | None) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for element in elements:
        digest.update(wire.encoded(element, explicit=True))
    if pixel_data is not None:
        digest.update(f"{pixel_data.tag} {pixel_data.vr} {pixel_data.length}".encode())
    return digest.digest()
