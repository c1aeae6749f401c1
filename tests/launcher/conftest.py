"""Data folders for the launcher, and the environment without the services that this very run uses."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import ownership, services
from launcher.fleet import Fleet
from launcher.layout import Layout

NAMED = (
    "DATABASE_URL",
    "REDIS_URL",
    "OPENSEARCH_URL",
    "ISOCENTER_DATA",
    "ISOCENTER_SECRET_KEY",
    "ISOCENTER_SECRETS_KEY",
    "ISOCENTER_AUDIT_PUBLIC_KEY",
    "ISOCENTER_DEMO",
)


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable names a server: what is started is embedded."""
    for name in NAMED:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "var")
    made.prepare()
    return made


@pytest.fixture(scope="session")
def made_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a database that was made, started and stopped once; to be copied."""
    made = Layout(tmp_path_factory.mktemp("template") / "var")
    made.prepare()
    patch = pytest.MonkeyPatch()
    for name in NAMED:
        patch.delenv(name, raising=False)
    with ownership.own(made, "test"), services.running(made, durable=False):
        pass
    patch.undo()
    return made.postgres


@pytest.fixture
def used(layout: Layout, made_database: Path) -> Layout:
    """A data folder that has been used before."""
    shutil.copytree(made_database, layout.postgres)
    return layout


@pytest.fixture
def running(used: Layout) -> Iterator[Fleet]:
    """The two services on `used`."""
    with ownership.own(used, "test"), services.running(used, durable=False) as fleet:
        yield fleet
