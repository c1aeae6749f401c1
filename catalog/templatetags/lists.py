"""Texts of masked rows, taken apart for drawing."""

from django import template

from catalog.masking import MASK

register = template.Library()


@register.filter
def parts(text: str) -> list[str]:
    """Return the members of a list that a masked row gives as one text."""
    return [part for part in text.split(", ") if part]


@register.filter
def pieces(text: str) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether it stands for something hidden."""
    shown = text.split(MASK)
    found: list[tuple[str, bool]] = []
    for at, piece in enumerate(shown):
        if at:
            found.append((MASK, True))
        if piece:
            found.append((piece, False))
    return found
