"""The process that draws: it has loaded everything once, and forks for each picture a child under limits.

A picture that eats memory or time, or breaks a decoder, takes only its own child with it. The process knows no
secret and no database; it ends when its worker does, or after a minute without work.
"""

import io
import os
import resource
import select
import signal
import sys
import time
import warnings
from typing import BinaryIO

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from catalog.sources import SourceUnreachable, open_place
from catalog.sources.places import OpenObject
from catalog.thumbnails.drawing import Drawn, Failure, Undrawable, draw
from catalog.thumbnails.job import Job, frame, read_frame, result_to_bytes
from catalog.thumbnails.policy import Way

SECONDS_PER_PICTURE = 20
MEMORY_PER_PICTURE = 2 << 30
_IDLE_SECONDS = 60
_BLOCK = 1 << 20


class _Stream(io.RawIOBase):
    """An object of a source as the file that pydicom reads; pydicom asks for its name, and gets none."""

    name = ""

    def __init__(self, opened: OpenObject) -> None:
        self._opened = opened
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._position, self._opened.size)[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self._opened.read_at(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def serve(requests: int, answers: int) -> None:
    """Draw for whoever writes jobs to the descriptor `requests`, until it is closed or nothing comes."""
    while select.select([requests], [], [], _IDLE_SECONDS)[0]:
        data = read_frame(lambda length: os.read(requests, length))
        if data is None:
            return
        _write(answers, frame(_in_a_child(Job.from_bytes(data))))


def warm_up() -> None:
    """Draw a picture of nothing, so that no child has to load and look up what all need: it saves 0.2 s each."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = CTImageStorage, UID("1.2.3"), "CT"
    ds.Rows = ds.Columns = 8
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.WindowCenter, ds.WindowWidth, ds.RescaleSlope, ds.RescaleIntercept = 64, 128, 1, 0
    ds.PixelData = bytes(range(128))
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    stream = io.BytesIO()
    ds.save_as(stream, enforce_file_format=True)
    stream.seek(0)
    draw(stream, sop_instance_uid=ds.SOPInstanceUID, at_least=Way.SHOWN)


def _in_a_child(job: Job) -> bytes:
    receiver, sender = os.pipe()
    child = os.fork()
    if not child:
        os.close(receiver)
        _be_the_child(job, sender)
    os.close(sender)
    try:
        return _await(child, receiver)
    finally:
        os.close(receiver)


def _await(child: int, receiver: int) -> bytes:
    """Return the child's answer; one that hangs is killed, one that dies without an answer was damaged or too large."""
    parts: list[bytes] = []
    deadline = time.monotonic() + SECONDS_PER_PICTURE
    while select.select([receiver], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(receiver, _BLOCK)
        if not part:
            os.waitpid(child, 0)
            return b"".join(parts) or result_to_bytes(Undrawable(Failure.DAMAGED))
        parts.append(part)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return result_to_bytes(Undrawable(Failure.TOO_SLOW))


def _be_the_child(job: Job, sender: int) -> None:
    """Never returns: whatever happens here, the parent's code must not run twice."""
    try:
        if sys.platform == "linux":  # macOS names this limit and refuses to set it
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_PER_PICTURE, MEMORY_PER_PICTURE))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_PER_PICTURE, SECONDS_PER_PICTURE))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        _write(sender, result_to_bytes(_answer(job)))
    finally:
        os._exit(0)


def _answer(job: Job) -> Drawn | Undrawable:
    try:
        with open_place(job.kind, job.location).open(job.locator) as opened:
            stream: BinaryIO = io.BufferedReader(_Stream(opened), _BLOCK)
            return draw(
                stream,
                sop_instance_uid=job.sop_instance_uid,
                at_least=job.at_least,
                is_revealed=job.is_revealed,
            )
    except Undrawable as failure:
        return failure
    except MemoryError:
        return Undrawable(Failure.TOO_LARGE)
    except (OSError, SourceUnreachable):
        return Undrawable(Failure.GONE)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


if __name__ == "__main__":
    # What pydicom warns of may quote the header.
    warnings.simplefilter("ignore")
    warm_up()
    serve(sys.stdin.fileno(), sys.stdout.fileno())
