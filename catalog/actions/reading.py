"""What a worker found in the files of a chunk, before it is stored."""

from dataclasses import dataclass, field

from catalog.dicom import Bulk, Cause, RawObject
from catalog.sources import OpenObject


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listed file that the catalogue does not know as it is; `known` when it knew the place."""

    locator: str
    size: int
    mtime_ns: int
    inode: int
    known: bool

    def seen_as(self, opened: OpenObject) -> "Candidate":
        """The same file as it was when it was opened, which is what the catalogue must remember."""
        return Candidate(self.locator, opened.size, opened.mtime_ns, opened.inode, self.known)


@dataclass(frozen=True, slots=True)
class ReadObject:
    """A file and the DICOM object in it."""

    file: Candidate
    object: RawObject


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that is not catalogued, and why; the detail holds no PHI."""

    file: Candidate
    cause: Cause
    detail: str


@dataclass(slots=True)
class Reading:
    """What became of the files of a chunk that were not known as they are."""

    objects: list[ReadObject] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    # Written to a moment ago: to be looked at again in a while.
    deferred: list[Candidate] = field(default_factory=list)
    # Beyond what one worker holds in memory, or survives: for chunks of their own, at once.
    postponed: list[list[Candidate]] = field(default_factory=list)
    vanished: list[Candidate] = field(default_factory=list)
    bytes_held: int = 0

    def refuse(self, refused: dict[int, tuple[Cause, str]]) -> None:
        """Turn objects, by position, into failures."""
        self.failures += [Failure(self.objects[at].file, *why) for at, why in sorted(refused.items())]
        self.objects = [entry for at, entry in enumerate(self.objects) if at not in refused]


def text_of(found: RawObject, tag: int) -> str:
    """An element's value as text without its padding (PS3.5 section 6.2), '' when it is absent or not held.

    For UIDs and whole numbers only, which are written in the default character repertoire.
    """
    element = found.element(tag)
    if element is None or isinstance(element.value, Bulk):
        return ""
    if isinstance(element.value, bytes):
        return element.value.decode("latin-1").strip(" \0")
    return "\\".join(str(value) for value in element.value.json.get("Value", ()))
