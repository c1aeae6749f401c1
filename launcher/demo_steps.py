"""The steps that build the demo: archive, people, crawl, and the words to those who look at it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from launcher import endings, migrations, services
from launcher.child import Child, Program, log_tail, start
from launcher.console import say
from launcher.demo_record import DemoRecord, Persona
from launcher.environment import PYTHON
from launcher.keys import is_set
from launcher.layout import ROOT, Layout
from launcher.problem import Problem

COUNTS = ("discovered", "catalogued", "unchanged", "quarantined", "vanished", "seconds", "per_second")
POLL_SECONDS = 0.05


@contextmanager
def archive(layout: Layout, record: DemoRecord) -> Iterator[Callable[[], None]]:
    """Have the archive written in the background; the yielded function returns when it is there.

    One that was interrupted is written anew, since nobody knows which of its files are whole.
    """
    if record.written:
        yield lambda: None
        return
    say(f"Writing a demo archive of {record.studies} studies.")
    shutil.rmtree(layout.archive, ignore_errors=True)
    layout.archive.mkdir()
    writer = start(_synthesizer(layout, record), layout)
    try:
        yield lambda: _finish(layout, record, writer)
    finally:
        writer.stop()


def _synthesizer(layout: Layout, record: DemoRecord) -> Program:
    recipe = ["--studies", str(record.studies), "--seed", str(record.seed)]
    return Program(
        name="synthesize",
        arguments=[str(PYTHON), str(ROOT / "manage.py"), "synthesize", str(layout.archive), *recipe],
        environment=services.environment(layout),
    )


def _finish(layout: Layout, record: DemoRecord, writer: Child) -> None:
    while (status := writer.ended()) is None:
        time.sleep(POLL_SECONDS)
    if status:
        raise Problem(
            f"The demo archive could not be written. The log ends:\n{log_tail(layout, writer.name)}",
            f"Free some space if the disk is full; the whole log is {writer.log}.",
        )
    record.written = True
    record.save(layout)


def set_up(layout: Layout, record: DemoRecord, environment: Mapping[str, str]) -> None:
    """Make the tables, people and sources, and remember the people."""
    # A database of one's own making is empty; one that a variable names is looked at first.
    again = record.resumed or not is_set("DATABASE_URL", os.environ)
    say("Making tables, people and sources.")
    words = ["demo_setup", "--archive", str(layout.archive), *(["--again"] if again else [])]
    try:
        answer = json.loads(_manage(words, environment, quiet=True))
    except Problem:
        if not again:
            layout.demo.unlink()  # it is not the demo's after all
        raise
    migrations.mark_current(layout, environment)
    record.users = [Persona(**user) for user in answer["users"]]
    record.save(layout)


def crawl(layout: Layout, record: DemoRecord, environment: Mapping[str, str]) -> dict[str, object]:
    """Crawl every source and return the counts."""
    say("Crawling the archive.")
    answer = json.loads(_manage(["crawl", "--all", "--json"], environment).splitlines()[-1])
    record.crawled = True
    record.save(layout)
    return {name: answer[name] for name in COUNTS}


def introduce(record: DemoRecord, address: str, naming: str) -> None:
    """Print where the demo is and who can sign in; `naming` is what `stop` needs to find it."""
    from rich.console import Console  # noqa: PLC0415 - installed by now, but not when this module is first read
    from rich.table import Table  # noqa: PLC0415

    table = Table(
        "Name", "Password", "Role", title="Sign in as", title_justify="left", box=None, pad_edge=False
    )
    for user in record.users:
        table.add_row(user.name, user.password, user.role)
    console = Console(highlight=False)
    console.print(f"\n[bold]Isocenter's demo is at {address}[/bold]\n")
    console.print(table)
    console.print(f"\nCtrl-C or ./isocenter stop{naming} ends it.")


def _manage(words: list[str], environment: Mapping[str, str], *, quiet: bool = False) -> str:
    """Run a management command and return what it prints; its standard error is shown, or told when it fails."""
    with endings.started(
        [str(PYTHON), str(ROOT / "manage.py"), *words],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if quiet else None,
        text=True,
    ) as process:
        output, errors = process.communicate()
    if process.returncode:
        said = "".join(f"\n    {line}" for line in (errors or "").splitlines()[-4:])
        raise Problem(
            f"The step `{words[0]}` failed (status {process.returncode}).{said}",
            "Run the same command again; it takes up where it was. If it fails again, use another folder with --data.",
        )
    return output
