"""What a benchmark reports: figures as they were measured, and whether each goal was met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and the bound that it is held against; `value` is None where it could not be measured here."""

    name: str
    value: float | None
    unit: str
    goal: float
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the bound is kept, by the unrounded value; None where there is none."""
        if self.value is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    @property
    def bound(self) -> str:
        return f"{'at most' if self.at_most else 'at least'} {self.goal:g}"

    def as_json(self) -> dict[str, Any]:
        """The goal as the report's JSON has it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "goal": self.goal,
            "bound": "at most" if self.at_most else "at least",
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Figures by name, anything that JSON can hold; and goals."""

    figures: Mapping[str, Any]
    goals: Sequence[Goal] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        """One object: the figures, and the goals beside them."""
        return {**self.figures, "goals": [goal.as_json() for goal in self.goals]}
