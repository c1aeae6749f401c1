"""Several children as one: started in order, restarted when they die, stopped the other way round."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from launcher.child import Child
from launcher.console import say
from launcher.problem import Problem

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
# Whoever has run this long before it died is not failing in a loop.
STEADY_SECONDS = 60.0
LOOK_SECONDS = 0.2


@dataclass
class _Member:
    begin: Callable[[], Child]
    child: Child
    since: float
    delay: float = FIRST_DELAY_SECONDS
    again_at: float | None = None


class Fleet:
    """Children with the means to start each of them again."""

    def __init__(self) -> None:
        self._members: list[_Member] = []

    def start(self, begin: Callable[[], Child]) -> Child:
        """Start one more child; `begin` is called again whenever it has died."""
        child = begin()
        self._members.append(_Member(begin, child, time.monotonic()))
        return child

    def watch(self) -> None:
        """Keep all of them running, until a signal ends this (launcher.endings)."""
        while True:
            self.tend(time.monotonic())
            time.sleep(LOOK_SECONDS)

    def tend(self, now: float) -> None:
        """Look at each once: note who died, and restart whose delay is over. Times are monotonic seconds."""
        for member in self._members:
            if member.again_at is not None:
                if now >= member.again_at:
                    _restart(member, now)
            elif (status := member.child.ended()) is not None:
                _note_death(member, status, now)

    def stop(self) -> None:
        """Stop the last one first."""
        while self._members:
            self._members.pop().child.stop()


def _note_death(member: _Member, status: int, now: float) -> None:
    member.child.stop()  # what is left of its group
    if now - member.since >= STEADY_SECONDS:
        member.delay = FIRST_DELAY_SECONDS
    cause = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    say(f"{member.child.name} {cause}; starting it again in {member.delay:g} s (log: {member.child.log}).")
    _postpone(member, now)


def _restart(member: _Member, now: float) -> None:
    try:
        member.child = member.begin()
    except Problem as problem:
        say(f"{member.child.name}: {problem.message}\n  What to do: {problem.remedy}")
        _postpone(member, now)
        return
    member.since, member.again_at = now, None


def _postpone(member: _Member, now: float) -> None:
    member.again_at = now + member.delay
    member.delay = min(member.delay * 2, LONGEST_DELAY_SECONDS)
