"""Gauges for Prometheus: each app adds its own in a module `metrics`, found by name, so that no import goes up."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

# https://prometheus.io/docs/instrumenting/exposition_formats/
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Gauge:
    """One measured quantity: a value for each set of labels. Labels are words of ours, never of a header."""

    name: str
    help: str
    samples: list[tuple[Mapping[str, str], float]] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Write the gauge in Prometheus' text format."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} gauge"
        for labels, value in self.samples:
            written = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{self.name}{{{written}}} {value:.17g}" if written else f"{self.name} {value:.17g}"


Measure = Callable[[], Iterable[Gauge]]
_measures: list[Measure] = []


def measures(measure: Measure) -> Measure:
    """Register a function that measures some gauges, each with a query of its own or one for all."""
    _measures.append(measure)
    return measure


def exposition() -> str:
    """Measure everything and return the page that Prometheus reads."""
    gauges = [gauge for measure in _measures for gauge in measure()]
    return "".join(f"{line}\n" for gauge in gauges for line in gauge.lines())


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
