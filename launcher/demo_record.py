"""What the demo remembers from one start to the next, in the data folder."""

import json
import os
from dataclasses import asdict, dataclass, field

from launcher.layout import Layout
from launcher.problem import Problem

DEFAULT_STUDIES = 60
LEAST_STUDIES = 8
"""A smaller archive lacks the folders of some of the demo's sources."""
DEFAULT_SEED = 1895
"""The year of Röntgen's discovery, as `synthesize` has it."""


@dataclass
class Persona:
    """Somebody to sign in as."""

    name: str
    role: str
    password: str


@dataclass
class DemoRecord:
    """The archive's recipe, how far the demo was built, and its people."""

    studies: int
    seed: int
    written: bool = False
    crawled: bool = False
    users: list[Persona] = field(default_factory=list)
    resumed: bool = False
    """Whether this folder was known as the demo's before this start."""

    def save(self, layout: Layout) -> None:
        """Write it for this account only, since it holds passwords."""
        fresh = layout.demo.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(self), file)
        fresh.replace(layout.demo)


def load(layout: Layout) -> DemoRecord | None:
    """The record, or None where this folder holds no demo. Raises Problem when it cannot be read."""
    try:
        raw = json.loads(layout.demo.read_text())
        raw["users"] = [Persona(**user) for user in raw["users"]]
        return DemoRecord(**raw | {"resumed": True})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(
            f"{layout.demo} cannot be read ({type(error).__name__}).",
            f"Move {layout.data} aside, or name another folder with --data.",
        ) from error


def load_or_begin(layout: Layout, studies: int | None, seed: int | None) -> DemoRecord:
    """The folder's demo, or a new one. Raises Problem where the folder holds other data or another demo."""
    known = load(layout)
    if known is None:
        if layout.postgres.exists():
            raise Problem(
                f"{layout.data} holds data of your own, and the demo would add known passwords to it.",
                f"Give the demo a folder of its own: ./isocenter demo --data '{layout.data}-demo'",
            )
        fresh = DemoRecord(studies or DEFAULT_STUDIES, DEFAULT_SEED if seed is None else seed)
        # Before anything else is made, so that an interrupted demo is not taken for somebody's own data.
        fresh.save(layout)
        return fresh
    if studies not in (None, known.studies) or seed not in (None, known.seed):
        raise Problem(
            f"{layout.data} holds a demo of {known.studies} studies made from seed {known.seed}.",
            f"Leave --studies and --seed out, or name another folder: --data '{layout.data}-{studies or 'new'}'",
        )
    return known
