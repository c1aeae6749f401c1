"""Why a file is not in the catalogue: one table of causes, each with a title and a remedy for people."""

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a file was set aside; the value is what the database keeps."""

    # Decided by reading the bytes.
    EMPTY_FILE = "empty_file"
    NOT_DICOM = "not_dicom"
    DICOMDIR = "dicomdir"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    UNSUPPORTED_TRANSFER_SYNTAX = "unsupported_transfer_syntax"
    TOO_LARGE_HEADER = "too_large_header"
    MISSING_IDENTIFIER = "missing_identifier"
    UNSTORABLE = "unstorable"
    KILLED_ITS_READER = "killed_its_reader"
    # Decided by the place the file lies in.
    PERMISSION_DENIED = "permission_denied"
    STILL_GROWING = "still_growing"
    IO_ERROR = "io_error"

    @property
    def explanation(self) -> "Explanation":
        """What people are told about it."""
        return EXPLANATIONS[self]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What people are told about a cause; `passing` says that trying again later may be enough."""

    title: str
    remedy: str
    passing: bool = False


EXPLANATIONS: dict[Cause, Explanation] = {
    Cause.EMPTY_FILE: Explanation(
        "The file is empty",
        "Send the object again from where it came, then crawl the folder once more.",
    ),
    Cause.NOT_DICOM: Explanation(
        "Not a DICOM file",
        "Nothing to do if it does not belong here; else ask the sender for DICOM Part 10 files.",
    ),
    Cause.DICOMDIR: Explanation(
        "A media directory, not an object",
        "Nothing to do: a DICOMDIR only lists other files, and those are catalogued by themselves.",
    ),
    Cause.TRUNCATED: Explanation(
        "The file ends in the middle of its header",
        "Copy or send the object again: the transfer was cut off before the header was complete.",
    ),
    Cause.CORRUPT: Explanation(
        "The header cannot be read",
        "Send the object again; when it stays unreadable, ask the maker of the sending system.",
    ),
    Cause.UNSUPPORTED_TRANSFER_SYNTAX: Explanation(
        "Written in a transfer syntax that cannot be read",
        "Convert the object to Explicit VR Little Endian where it came from, and send it again.",
    ),
    Cause.TOO_LARGE_HEADER: Explanation(
        "The header is too large to be held",
        "Ask the maker of the object why its header is this large; the pixel data is not counted.",
    ),
    Cause.MISSING_IDENTIFIER: Explanation(
        "An identifier is missing",
        "Have the study, series and SOP instance UIDs filled in where the object was made, then retry.",
    ),
    Cause.UNSTORABLE: Explanation(
        "The database cannot hold a value of the header",
        "Report the file's SQLSTATE to the makers of Isocenter, and have the value mended where it was made.",
    ),
    Cause.KILLED_ITS_READER: Explanation(
        "Workers died while they read it",
        "Look at the file with another tool before anything else opens it, and see whether the workers' memory is short.",
    ),
    Cause.PERMISSION_DENIED: Explanation(
        "Reading is not permitted",
        "Give the account that runs the crawl read access to the file and its folders, then retry.",
        passing=True,
    ),
    Cause.STILL_GROWING: Explanation(
        "The file was still being written",
        "Crawl the folder again after the transfer has ended.",
        passing=True,
    ),
    Cause.IO_ERROR: Explanation(
        "The storage did not give the file back",
        "Check the disk or the network mount, then retry.",
        passing=True,
    ),
}


class Unreadable(Exception):
    """A file that cannot be catalogued.

    `cause` decides what is done with it. `detail` says where and why, in pydicom's own words wherever
    pydicom decided; it names tags and offsets and never holds a value or a path.
    """

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(f"{cause.value}: {detail}" if detail else cause.value)
        self.cause = cause
        self.detail = detail


class UnsureError(Exception):
    """The fast reader does not know for certain what these bytes mean: pydicom is asked instead."""
