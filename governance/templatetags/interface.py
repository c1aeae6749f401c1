"""The smallest parts of the interface: icons, moments, spans of time, letters of a name."""

from datetime import datetime

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma, naturaltime
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.sizes import Size

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw a symbol of static/img/icons.svg; decoration unless `label` says what it means."""
    sprite = static("img/icons.svg")
    if label:
        return format_html(
            '<svg class="icon icon-{}" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
            name,
            label,
            sprite,
            name,
        )
    return format_html(
        '<svg class="icon icon-{}" aria-hidden="true"><use href="{}#{}"/></svg>', name, sprite, name
    )


@register.simple_tag
def moment(value: datetime | None, missing: str = "–") -> SafeString | str:
    """Say how long ago something was; the exact time with its zone is in the element and on hover."""
    if value is None:
        return missing
    exact = date_format(timezone.localtime(value), "Y-m-d H:i:s e")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, naturaltime(value)
    )


@register.filter
def total(size: Size) -> str:
    """Write how many rows a list has; an estimate says that it is one."""
    return intcomma(size.rows) if size.is_exact else f"≈{intcomma(size.rows)}"


@register.filter
def duration(seconds: float | None) -> str:
    """Write a length of time in its two largest units: 3 h 12 min."""
    if seconds is None:
        return "–"
    whole = int(seconds)
    if whole < 10:
        return _("%(n).1f seconds") % {"n": seconds}
    if whole < 60:
        return ngettext("%(n)d second", "%(n)d seconds", whole) % {"n": whole}
    if whole < 3600:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": whole // 60, "seconds": whole % 60}
    return _("%(hours)d h %(minutes)d min") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}


@register.filter
def initials(name: object) -> str:
    """Return up to two letters for an avatar."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
