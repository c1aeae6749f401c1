"""Showing of a path only what says nothing about a person: its depth, usual folder names, the file's type."""

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from catalog.identifying import Kind
from catalog.masking.ways import is_modality
from catalog.masking.words import plain_word, plain_words

if TYPE_CHECKING:
    from catalog.masking.masker import Masker

_WORD = re.compile(r"[^\W_]+")
_USUAL = plain_words("path_words.txt")
_EXTENSIONS = plain_words("file_extensions.txt")


def shape_of(path: str, masker: "Masker") -> str:
    """Return `path` with every component that is not a usual word replaced by ~ and its code."""
    return "/".join(_component(component, masker) for component in path.split("/"))


def _component(component: str, masker: "Masker") -> str:
    if component in {"", ".", ".."}:
        return component
    suffix = PurePosixPath(component).suffix
    suffix = suffix if suffix[1:].lower() in _EXTENSIONS else ""
    stem = component.removesuffix(suffix)
    words = [plain_word(word) for word in _WORD.findall(stem)]
    if words and stem.isascii() and all(_is_usual(word, masker) for word in words):
        return component
    return f"~{masker.pseudonym(Kind.PATH, component)}{suffix}"


def _is_usual(word: str, masker: "Masker") -> bool:
    return (word in _USUAL or is_modality(word)) and word not in masker.hidden
