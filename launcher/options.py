"""The options of the launcher's own commands."""

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path

from launcher.layout import Layout, default_data
from launcher.web_address import DEFAULT_PORT


def parser(command: str, purpose: str) -> argparse.ArgumentParser:
    """A parser with --data, which every command has."""
    made = argparse.ArgumentParser(prog=f"./isocenter {command}", description=purpose, allow_abbrev=False)
    made.add_argument(
        "--data", type=Path, default=default_data(), help="the data folder (default: %(default)s)"
    )
    return made


def add_port(to: argparse.ArgumentParser) -> None:
    """Add --port."""
    to.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="where the web listens (default: %(default)s)"
    )


def layout(options: argparse.Namespace) -> Layout:
    """The data folder that --data names."""
    data: Path = options.data
    return Layout(data.expanduser().absolute())


def naming(of: Layout) -> str:
    """What a command must add to mean this data folder: nothing where it is the default."""
    return "" if of.data == default_data() else f" --data {shlex.quote(str(of.data))}"


def at_least(least: int) -> Callable[[str], int]:
    """What reads a whole number from `least` on."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
        return int(text)

    return read


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535; 0 takes a free one)")
    return int(text)
