"""Words folded for comparison, and the word lists of this package's data."""

import re
import unicodedata
from pathlib import Path

_DATA = Path(__file__).parent / "data"
_WORD = re.compile(r"[^\W_]+")


def plain_word(word: str) -> str:
    """Fold case, width and accents away, so that Schädel, SCHADEL and full-width letters compare equal."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def plain_words(file_name: str) -> frozenset[str]:
    """Return the words of a list in data/, folded; lines that begin with # are comments."""
    lines = (_DATA / file_name).read_text(encoding="utf-8").splitlines()
    text = " ".join(line for line in lines if not line.startswith("#"))
    return frozenset(plain_word(word) for word in _WORD.findall(text))
