"""Texts of masked rows, drawn: what is hidden as a bar, modalities in frames."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.masking import MASK

register = template.Library()

SHOWN_LETTERS = 8


@register.filter
def redacted(text: str) -> SafeString:
    """Draw each hidden part as a bar; the text itself is escaped."""
    bar = format_html('<span class="masked" role="img" aria-label="{}">{}</span>', _("masked"), MASK)
    return format_html_join(bar, "{}", ((piece,) for piece in str(text).split(MASK)))


@register.filter
def modalities(text: str) -> SafeString:
    """Draw the first members of a list that a masked row gives as one text; the others are counted, and in its title."""
    parts = [part for part in text.split(", ") if part]
    fitting = [
        part for at, part in enumerate(parts) if len("".join(parts[: at + 1])) <= SHOWN_LETTERS or not at
    ]
    shown = format_html_join(" ", '<span class="mod">{}</span>', ((redacted(part),) for part in fitting))
    rest = parts[len(fitting) :]
    if not rest:
        return shown
    return format_html('{} <abbr class="more-mods" title="{}">+{}</abbr>', shown, ", ".join(rest), len(rest))
