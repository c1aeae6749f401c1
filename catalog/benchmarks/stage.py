"""A database and a broker of the benchmark's own, beside the configured ones: nobody's catalogue is touched."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import redis
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from catalog.benchmarks.failure import BenchmarkFailed

ADDRESSES = ("DATABASE_URL", "REDIS_URL")
# After this the mark of a run that was killed is gone, and its Redis database free again.
LONGEST_RUN_SECONDS = 6 * 3600
# Any number that nobody else uses for an advisory lock.
_LOCK = 7_105_502


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the benchmark plays: what its children are told, and a connection to look at the outcome."""

    folder: Path
    environment: dict[str, str]
    redis_url: str
    database: BaseDatabaseWrapper

    def empty(self) -> None:
        """Forget what an earlier round has catalogued; sequences, indexes and statistics begin anew."""
        tables = ", ".join(catalogue_tables())
        with self.database.cursor() as cursor:
            cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
            cursor.execute("CHECKPOINT")

    def catalogue_bytes(self) -> int:
        """What the catalogue's tables, their indexes and their TOAST take on disk, after a plain VACUUM.

        Not VACUUM FULL: the space that updates left inside the tables is part of what a catalogue costs.
        """
        tables = catalogue_tables()
        with self.database.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")
            cursor.execute(
                "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [tables]
            )
            return int(cursor.fetchone()[0])


def catalogue_tables() -> list[str]:
    """Every table of the catalogue, the crawl's own book-keeping and the outbox included."""
    return [model._meta.db_table for model in apps.get_app_config("catalog").get_models()]


@contextmanager
def own_stage(folder: Path) -> Iterator[Stage]:
    """Make a database with all tables and take an empty Redis database; both are gone when the block ends.

    `folder` is for what outlives it: corpora and the log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _be_alone()
    name = f"{connection.settings_dict['NAME']}_bench"
    redis_url = _empty_redis(settings.REDIS_URL)
    environment = _environment(_with_path(settings.DATABASE_URL, name), redis_url)
    _drop(name)
    _administer(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    database = connection.copy()
    database.settings_dict["NAME"] = name
    try:
        _migrate(environment)
        yield Stage(folder, environment, redis_url, database)
    finally:
        database.close()
        redis.from_url(redis_url).flushdb()
        _drop(name)
        _administer(f"SELECT pg_advisory_unlock({_LOCK})")


def _be_alone() -> None:
    """Two runs would drop each other's database, and spoil each other's figures."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise BenchmarkFailed("Another benchmark is running on this database.")


def _administer(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _drop(name: str) -> None:
    """By force: of a run that was killed, workers may still be connected."""
    _administer(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    """This process's environment with the stage's addresses, which no file may overrule."""
    files = {f"{name}_FILE" for name in ADDRESSES}
    kept = {name: value for name, value in os.environ.items() if name not in files}
    return {**kept, "DATABASE_URL": database_url, "REDIS_URL": redis_url}


def _with_path(url: str, path: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/{quote(path)}" + (f"?{parts.query}" if parts.query else "")


def _empty_redis(url: str) -> str:
    """The address of the last database of the server that holds nothing."""
    count = int(redis.from_url(url).config_get("databases")["databases"] or 1)
    for number in reversed(range(count)):
        candidate = _redis_database(url, number)
        if _take(candidate):
            return candidate
    raise BenchmarkFailed("No database of the Redis server is empty; the benchmark needs one of its own.")


def _take(url: str) -> bool:
    """Take a Redis database that holds nothing; a queue is empty between tasks, so a mark is left in it."""
    server = redis.from_url(url)
    return not server.dbsize() and bool(server.set("benchmark", "running", nx=True, ex=LONGEST_RUN_SECONDS))


def _redis_database(url: str, number: int) -> str:
    parts = urlsplit(url)
    return f"unix://{parts.path}?db={number}" if parts.scheme == "unix" else _with_path(url, str(number))


def _migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise BenchmarkFailed(f"The benchmark's tables could not be made:\n{answer.stderr[-2000:]}")
