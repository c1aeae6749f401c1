"""Reading DICOM headers: raw, split into what a series shares and what varies, decoded once."""

from catalog.dicom.bulk import read_bulk
from catalog.dicom.byte_source import ByteSource, BytesSource, DescriptorSource
from catalog.dicom.causes import EXPLANATIONS, Cause, Explanation, Unreadable
from catalog.dicom.decode import ElementMemory
from catalog.dicom.elements import Bulk, PixelData, Preamble, RawElement, RawObject, Trailing
from catalog.dicom.facts import LONGEST_TEXT, Facts, facts
from catalog.dicom.layouts import LayoutMemory
from catalog.dicom.reader import read_object
from catalog.dicom.series_split import SeriesSplit
from catalog.dicom.split import split
from catalog.dicom.varying import decode_header, decode_varying, reassemble, write_header

__all__ = [
    "EXPLANATIONS",
    "LONGEST_TEXT",
    "Bulk",
    "ByteSource",
    "BytesSource",
    "Cause",
    "DescriptorSource",
    "ElementMemory",
    "Explanation",
    "Facts",
    "LayoutMemory",
    "PixelData",
    "Preamble",
    "RawElement",
    "RawObject",
    "SeriesSplit",
    "Trailing",
    "Unreadable",
    "decode_header",
    "decode_varying",
    "facts",
    "read_bulk",
    "read_object",
    "reassemble",
    "split",
    "write_header",
]
