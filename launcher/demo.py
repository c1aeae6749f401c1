"""`./isocenter demo`: everything, with an archive made for the purpose."""

import argparse
import json
import time
from collections.abc import Sequence

from launcher import demo_steps, migrations, options, services
from launcher.console import say
from launcher.demo_record import DEFAULT_SEED, DEFAULT_STUDIES, LEAST_STUDIES, DemoRecord, load_or_begin
from launcher.endings import Ended
from launcher.fleet import Fleet
from launcher.layout import Layout
from launcher.up import owning, serve
from launcher.web_address import address, listening


def run(arguments: Sequence[str]) -> int:
    """Build what is missing of the demo, then serve it, or with --once print the counts and end."""
    begun = time.monotonic()
    chosen = _options(arguments)
    layout = options.layout(chosen)
    if chosen.once:
        with owning(layout, "demo --once", serves=False):
            _once(layout, load_or_begin(layout, chosen.studies, chosen.seed), begun)
        return 0
    try:
        _serve(layout, chosen)
    except Ended:
        say(f"The demo has stopped; ./isocenter demo{options.naming(layout)} takes it up again.")
    return 0


def _serve(layout: Layout, chosen: argparse.Namespace) -> None:
    """Serve from the moment that there are tables, and introduce the demo when all of it is there."""
    with (
        owning(layout, "demo") as own,
        listening(chosen.port) as listener,
        services.empty_fleet(layout) as fleet,
    ):
        record = load_or_begin(layout, chosen.studies, chosen.seed)
        with demo_steps.archive(layout, record) as finish_archive:
            environment = _begin(layout, record, fleet)
            serve(layout, fleet, environment, listener)
            own.ready(address(listener))
            if not record.crawled:
                say(f"The web answers at {address(listener)} already, with a catalogue that is filling.")
            finish_archive()
        if not record.crawled:
            demo_steps.crawl(layout, record, environment)
        demo_steps.introduce(record, address(listener), options.naming(layout))
        fleet.watch()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = options.parser("demo", "Run Isocenter with a demo archive.")
    options.add_port(parser)
    parser.add_argument(
        "--once", action="store_true", help="without the web: print the counts as JSON and end"
    )
    parser.add_argument(
        "--studies",
        type=options.at_least(LEAST_STUDIES),
        help=f"how many studies the archive has ({DEFAULT_STUDIES})",
    )
    parser.add_argument("--seed", type=int, help=f"another seed makes another archive ({DEFAULT_SEED})")
    return parser.parse_args(arguments)


def _once(layout: Layout, record: DemoRecord, begun: float) -> None:
    with services.empty_fleet(layout) as fleet:
        with demo_steps.archive(layout, record) as finish_archive:
            environment = _begin(layout, record, fleet)
            finish_archive()
        counts = demo_steps.crawl(layout, record, environment)
    answer = {
        "crawl": counts,
        "studies": record.studies,
        "seed": record.seed,
        "archive": str(layout.archive),
        "users": [{"name": each.name, "role": each.role} for each in record.users],
        "seconds": round(time.monotonic() - begun, 2),
    }
    print(json.dumps(answer))


def _begin(layout: Layout, record: DemoRecord, fleet: Fleet) -> dict[str, str]:
    """Start the services and make the people, while the archive is being written."""
    services.start(layout, fleet)
    environment = services.environment(layout)
    if not record.users:
        demo_steps.set_up(layout, record, environment)
    migrations.ensure(layout, environment)
    return environment
