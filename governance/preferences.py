"""How a person likes the pages to look: kept with the account, so that it follows them and needs no script."""

from collections.abc import Mapping
from enum import StrEnum

from governance.access import Person


class Theme(StrEnum):
    """Light or dark; `auto` leaves it to the system."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Density(StrEnum):
    """How high a table's rows are."""

    COMPACT = "compact"
    DEFAULT = "default"
    RELAXED = "relaxed"


class Shortcuts(StrEnum):
    """Whether single keys do something (WCAG 2.2, success criterion 2.1.4)."""

    ON = "on"
    OFF = "off"


# What anybody may choose from the user menu; the first value is the one that holds until they do.
CHOICES: Mapping[str, type[StrEnum]] = {"theme": Theme, "density": Density, "shortcuts": Shortcuts}
DEFAULTS: Mapping[str, str] = {"theme": Theme.AUTO, "density": Density.DEFAULT, "shortcuts": Shortcuts.ON}


def preferences_of(user: Person | None) -> dict[str, str]:
    """Return every choice of `user`, with the defaults where nothing was chosen."""
    chosen = getattr(user, "preferences", {})
    return {
        name: chosen[name] if chosen.get(name) in set(CHOICES[name]) else default
        for name, default in DEFAULTS.items()
    }
