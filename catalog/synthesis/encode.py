"""Bytes of DICOM files: pydicom encodes every element, what a series shares only once."""

import zlib
from collections.abc import Callable, Mapping
from io import BytesIO

import numpy as np
from PIL import Image
from pydicom.charset import convert_encodings
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr, write_data_element, write_file_meta_info
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID

from catalog.synthesis.draft import Frames, Instance, Series, contiguous

SYNTAXES = {
    "implicit": "1.2.840.10008.1.2",
    "explicit": "1.2.840.10008.1.2.1",
    "deflated": "1.2.840.10008.1.2.1.99",
    "big_endian": "1.2.840.10008.1.2.2",
    "jpeg": "1.2.840.10008.1.2.4.50",
    "rle": "1.2.840.10008.1.2.5",
}
PIXEL_DATA = 0x7FE00010
CHARACTER_SET = 0x00080005
GROUP_LENGTH_AND_VERSION = b"\x00\x01"
IMPLEMENTATION_UID = "1.2.826.0.1.3680043.8.1.1"


class Encoder:
    """Encodes the files of one series."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self._syntax = SYNTAXES[series.syntax]
        self._implicit = series.syntax == "implicit"
        self._little = series.syntax != "big_endian"
        self._encodings = convert_encodings(list(series.character_set))
        self._shared = self.elements(series.shared)
        if series.claimed_character_set is not None:
            self._shared |= self._claim(series.claimed_character_set)

    def elements(self, dataset: Dataset) -> dict[int, bytes]:
        """Encode each top-level element by itself."""
        correct_ambiguous_vr(dataset, self._little)
        return {int(element.tag): self._element(element) for element in dataset}

    def file(self, instance: Instance) -> bytes:
        """Return the whole file: preamble, meta, data set, tail."""
        own = self.elements(instance.own)
        if instance.frames is not None:
            own[PIXEL_DATA] = self.pixel_data(instance)
        parts = self._shared | own
        body = b"".join(parts[tag] for tag in sorted(parts) if parts[tag])
        if self._series.syntax == "deflated":
            body = _deflate(body)
        prefix = instance.preamble + b"DICM" if instance.preamble else b""
        return prefix + self._meta(instance) + body + instance.tail

    def pixel_data(self, instance: Instance) -> bytes:
        """Encode the picture, or nothing where there is none."""
        if instance.frames is None:
            return b""
        return self._element(self._pixel_data(instance, instance.frames))

    def _element(self, element: DataElement) -> bytes:
        sink = DicomBytesIO()
        sink.is_implicit_VR = self._implicit
        sink.is_little_endian = self._little
        write_data_element(sink, element, self._encodings)
        return sink.getvalue()

    def _claim(self, character_set: str) -> dict[int, bytes]:
        if not character_set:
            return {CHARACTER_SET: b""}
        return {CHARACTER_SET: self._element(DataElement(CHARACTER_SET, "CS", character_set))}

    def _meta(self, instance: Instance) -> bytes:
        meta = FileMetaDataset()
        meta.FileMetaInformationVersion = GROUP_LENGTH_AND_VERSION
        meta.MediaStorageSOPClassUID = UID(self._series.shared.SOPClassUID)
        meta.MediaStorageSOPInstanceUID = UID(instance.sop_uid)
        meta.TransferSyntaxUID = UID(self._syntax)
        meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
        meta.ImplementationVersionName = self._series.device["implementation"]
        if "ae_title" in self._series.device:
            meta.SourceApplicationEntityTitle = self._series.device["ae_title"]
        for keyword, value in instance.meta.items():
            setattr(meta, keyword, value)
        sink = DicomBytesIO()
        write_file_meta_info(sink, meta)
        return sink.getvalue()

    def _pixel_data(self, instance: Instance, frames: Frames) -> DataElement:
        compress = COMPRESSORS.get(self._series.syntax)
        if compress is not None and frames.dtype != np.bool_:
            value = encapsulate(compress(instance, self._series.shared))
            element = DataElement(PIXEL_DATA, "OB", value)
            element.is_undefined_length = True
            return element
        raw = _native(frames, self._little)
        raw = raw[: len(raw) - instance.pixel_missing] + instance.pixel_excess
        return DataElement(
            PIXEL_DATA, "OW" if self._implicit or frames.itemsize > 1 else "OB", raw + b"\0" * (len(raw) % 2)
        )


def _native(frames: Frames, little: bool) -> bytes:
    if frames.dtype == np.bool_:
        return np.packbits(frames.reshape(-1), bitorder="little").tobytes()
    return contiguous(frames) if little else contiguous(frames.byteswap())


def _deflate(body: bytes) -> bytes:
    """Deflate as PS3.5 A.5 says: no zlib header, padded to even length."""
    squeeze = zlib.compressobj(level=6, wbits=-zlib.MAX_WBITS)
    packed = squeeze.compress(body) + squeeze.flush()
    return packed + b"\0" * (len(packed) % 2)


def _rle(instance: Instance, header: Dataset) -> list[bytes]:
    colour = header.SamplesPerPixel == 3
    return [
        get_encoder(SYNTAXES["rle"]).encode(
            np.ascontiguousarray(frame),
            encoding_plugin="pydicom",
            rows=frame.shape[0],
            columns=frame.shape[1],
            samples_per_pixel=3 if colour else 1,
            bits_allocated=frame.itemsize * 8,
            bits_stored=header.BitsStored,
            pixel_representation=0,
            photometric_interpretation="RGB" if colour else "MONOCHROME2",
            number_of_frames=1,
            planar_configuration=0,
        )
        for frame in instance.pictures
    ]


def _jpeg(instance: Instance, _header: Dataset) -> list[bytes]:
    packed = []
    for frame in instance.pictures:
        sink = BytesIO()
        picture = Image.fromarray(np.ascontiguousarray(frame))
        # Pillow writes no APP1 for an empty EXIF.
        picture.save(
            sink,
            "JPEG",
            quality=88,
            subsampling=1,
            comment=instance.jpeg_comment,
            exif=instance.jpeg_exif,
        )
        packed.append(sink.getvalue())
    return packed


COMPRESSORS: Mapping[str, Callable[[Instance, Dataset], list[bytes]]] = {"rle": _rle, "jpeg": _jpeg}
