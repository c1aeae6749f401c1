"""What is said between a worker and the process that draws for it: length-prefixed frames of JSON and pictures."""

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from catalog.thumbnails.drawing import Drawn, Failure, Undrawable
from catalog.thumbnails.policy import Way

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Job:
    """A picture to draw: where the object is kept, which it must be, and how openly it may be shown at most."""

    kind: str
    location: str
    locator: str
    sop_instance_uid: str
    at_least: Way
    is_revealed: bool = False

    def to_bytes(self) -> bytes:
        """Return the job as JSON; escaped, so that file names of any bytes survive."""
        return json.dumps(asdict(self)).encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> "Job":
        """Read what `to_bytes` wrote."""
        fields: dict[str, Any] = json.loads(data)
        return cls(**{**fields, "at_least": Way(fields["at_least"])})


def frame(data: bytes) -> bytes:
    """Return data with its length before it."""
    return _LENGTH.pack(len(data)) + data


def read_frame(read: Callable[[int], bytes]) -> bytes | None:
    """Read one frame by `read`, which returns at most as many bytes as asked for and none at the end."""
    head = _read_exactly(read, _LENGTH.size)
    return None if head is None else _read_exactly(read, _LENGTH.unpack(head)[0])


def result_to_bytes(result: Drawn | Undrawable) -> bytes:
    """Return a result as one line of JSON and, where there is one, the picture."""
    if isinstance(result, Undrawable):
        return json.dumps({"failure": result.failure, "about": result.about}).encode() + b"\n"
    return json.dumps({"way": result.way, "reason": result.reason}).encode() + b"\n" + result.content


def result_from_bytes(data: bytes) -> Drawn | Undrawable:
    """Read what `result_to_bytes` wrote."""
    head, _, content = data.partition(b"\n")
    said = json.loads(head)
    if "failure" in said:
        return Undrawable(Failure(said["failure"]), said["about"])
    return Drawn(content, Way(said["way"]), said["reason"])


def _read_exactly(read: Callable[[int], bytes], length: int) -> bytes | None:
    parts = []
    while length:
        part = read(length)
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
