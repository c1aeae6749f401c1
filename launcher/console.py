"""What people read while the launcher works; standard output is left to results."""

import sys
from typing import NoReturn

from launcher.problem import Problem


def say(message: str) -> None:
    """Tell of progress."""
    print(message, file=sys.stderr, flush=True)


def report(problem: Problem) -> None:
    """Tell what is wrong and what to do."""
    say(f"isocenter: {problem.message}\n  What to do: {problem.remedy}")


def wrong_usage(message: str) -> NoReturn:
    """End with status 2, as argparse does."""
    say(f"isocenter: {message}\n  ./isocenter help lists the commands.")
    raise SystemExit(2)
