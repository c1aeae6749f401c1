"""`./isocenter up`: services, web, worker, beat and sealer under one supervisor, until it is asked to end."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from launcher import keys, migrations, options, ownership, programs, services
from launcher.child import Child, Program
from launcher.child import start as start_child
from launcher.console import say
from launcher.endings import Ended
from launcher.fleet import Fleet
from launcher.layout import Layout
from launcher.ownership import Owned, Owner, Ownership
from launcher.problem import Problem
from launcher.web_address import address, listening, wait_for_pages


def run(arguments: Sequence[str]) -> int:
    """Run until a signal asks to end; that is the ordinary end, so its status is 0."""
    parser = options.parser("up", "Run web, workers and services on the data folder.")
    options.add_port(parser)
    chosen = parser.parse_args(arguments)
    layout = options.layout(chosen)
    try:
        with (
            owning(layout, "up") as own,
            listening(chosen.port) as listener,
            services.running(layout) as fleet,
        ):
            environment = services.environment(layout)
            migrations.ensure(layout, environment)
            serve(layout, fleet, environment, listener)
            own.ready(address(listener))
            say(
                f"Isocenter is at {address(listener)} (Ctrl-C or ./isocenter stop{options.naming(layout)} ends it)"
            )
            fleet.watch()
    except Ended:
        say("Isocenter has stopped.")
    return 0


@contextmanager
def owning(layout: Layout, command: str, *, serves: bool = True) -> Iterator[Ownership]:
    """Own the data folder, or raise Problem that says who does."""
    layout.prepare()
    try:
        with ownership.own(layout, command, serves=serves) as own:
            yield own
    except Owned as owned:
        raise _already_running(layout, owned.owner) from None


def serve(layout: Layout, fleet: Fleet, environment: dict[str, str], listener: socket.socket) -> None:
    """Start the web, and once it answers the rest: on few cores they would only keep it waiting."""
    lesser = services.in_role(environment, services.APP_ROLE)
    web = fleet.start(starter(programs.web(lesser, listener.fileno()), layout))
    wait_for_pages(layout, web, listener)
    fleet.start(starter(programs.worker(layout, lesser), layout))
    fleet.start(starter(programs.beat(layout, keys.sealing_nothing(lesser)), layout))
    sealer = keys.sealing_nothing(services.in_role(environment, services.SEALER_ROLE))
    fleet.start(starter(programs.sealer(keys.signing(layout, sealer)), layout))


def starter(program: Program, layout: Layout) -> Callable[[], Child]:
    """What starts the program, now and whenever it has died."""
    return lambda: start_child(program, layout)


def _already_running(layout: Layout, owner: Owner | None) -> Problem:
    if owner is None or (owner.serves and not owner.address):
        return Problem(
            f"Another ./isocenter is just starting or stopping on {layout.data}.",
            "Try again in a few seconds.",
        )
    if owner.serves:
        return Problem(
            f"Isocenter is already running on {layout.data}: {owner.address} (pid {owner.pid}).",
            f"Use that one, end it with ./isocenter stop{options.naming(layout)}, or name another --data and --port.",
        )
    return Problem(
        f"./isocenter {owner.command} (pid {owner.pid}) is using {layout.data}.",
        "Try again when it has finished.",
    )
