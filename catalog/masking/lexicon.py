"""Showing of a free text only what a lexicon of clinical words knows."""

import re
from collections.abc import Set
from functools import cache, lru_cache
from typing import NamedTuple

from catalog.masking.words import plain_word, plain_words

# A fixed width: how long the hidden part is must not tell either.
MASK = "███"

_UNITS = "mm|cm|ml|cc|mg|kvp|kv|kev|mev|mv|mas|ma|ms|msec|sec|secs|s|min|mins|mhz|khz|hz|mgy|cgy|gy|mbq|mci|t|deg|bpm|x|pct"
# A number is a measure only when nothing numeric touches it: 03/04/1962 mm is a date.
_TOKENS = re.compile(
    rf"(?P<measure>(?<![\w.,/:])(?<!\d-)\d{{1,4}}(?:[.,]\d{{1,3}})?(?:\s?[x*×]\s?\d{{1,4}}(?:[.,]\d{{1,3}})?){{0,2}}"
    rf"\s?(?:(?:{_UNITS})(?![\w])|%)(?![-/.:,]\d))"
    r"|(?P<digit>(?<![\w.,/:-])\d(?![\w.,/:%-]))"
    r"|(?P<word>[^\W_]+)",
    re.IGNORECASE,
)
_GAP = re.compile(r"[^ ,.;:/+()\[\]_*&#%<>=-]")
_LONGEST_GAP = 3


class Shown(NamedTuple):
    """What may be shown of a value, and whether anything of it was hidden or made coarser."""

    text: str
    masked: bool


class _Token(NamedTuple):
    start: int
    end: int
    group: str
    word: str


@cache
def clinical_words() -> frozenset[str]:
    """Words that may be shown of a free text."""
    return plain_words("clinical_words.txt") | plain_words("kernels.txt")


@cache
def defined_terms() -> frozenset[str]:
    """Words that may be shown of a code string (VR CS)."""
    return clinical_words() | plain_words("defined_terms.txt")


def only_known_words(text: str, lexicon: frozenset[str], hidden: Set[str]) -> Shown:
    """Show of `text` the words of `lexicon`, measures with units and lone digits between shown words.

    Words in `hidden` (folded by `plain_word`) are hidden even where the lexicon knows them.
    """
    tokens = _tokens(text)
    if not tokens:
        return Shown("", False) if not text.strip() else Shown(MASK, True)
    known = [_is_known(token, lexicon, hidden) for token in tokens]
    shown = [
        known[i] if token.group != "digit" else _is_enclosed(i, tokens, known)
        for i, token in enumerate(tokens)
    ]
    return Shown(_assemble(text, tokens, shown), not all(shown))


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[_Token, ...]:
    return tuple(
        _Token(*found.span(), found.lastgroup or "", plain_word(found.group()))
        for found in _TOKENS.finditer(text)
    )


def _is_known(token: _Token, lexicon: frozenset[str], hidden: Set[str]) -> bool:
    if token.group == "word":
        return token.word in lexicon and token.word not in hidden
    return token.group == "measure"


def _is_enclosed(place: int, tokens: tuple[_Token, ...], known: list[bool]) -> bool:
    """A lone digit is shown beside shown words only: the 3 of "3 May 1962" is part of a date."""
    neighbours = [other for other in (place - 1, place + 1) if 0 <= other < len(tokens)]
    return bool(neighbours) and all(known[other] for other in neighbours)


def _assemble(text: str, tokens: tuple[_Token, ...], shown: list[bool]) -> str:
    parts: list[str] = []
    end = 0
    before: bool | None = None
    for token, is_shown in zip(tokens, shown, strict=True):
        gap = text[end : token.start]
        end = token.end
        if before is not None and (is_shown or before):
            parts.append(_GAP.sub(" ", gap)[:_LONGEST_GAP] if is_shown and before else " " if gap else "")
        if is_shown:
            parts.append(text[token.start : token.end])
        elif before is not False:
            parts.append(MASK)
        before = is_shown
    return "".join(parts)
