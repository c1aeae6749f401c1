"""Every identifying value of an invented archive, and every kind of secret, goes through every way into the log."""

import ast
import io
import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from celery import Celery
from django.conf import settings
from django.db import Error, connection, transaction
from django.test import Client
from gunicorn.config import Config

from catalog.synthesis import synthesize
from governance import logs
from governance.serving import ServerLog

SECRETS = [
    "django-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz",
    "postgresql://isocenter:Passw0rdOfDatabase@db.example.org:5432/isocenter",
    "redis://:Passw0rdOfBroker@valkey:6379/0",
    "Bearer iso_4Yk2vTnXw7Qm9sLrBd3ZpUeHgJaCfV8tNxRyOiKlMcE",
    "sessionid=k3jf9dkw0s8d7f6g5h4j3k2l1m0n9b8v",
    "correct horse battery staple",
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
]
# Shorter ones, and short numbers, are found in any text, such as that of a time.
SHORTEST, SHORTEST_NUMBER = 5, 8


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root = tmp_path_factory.mktemp("archive")
    synthesize(root, studies=14, seed=4)
    key = json.loads((root / "answer_key.json").read_text(encoding="utf-8"))
    forms = {form for row in key["identifying_values"] for form in row["forms"]}
    telling = {form for form in forms if len(form) >= (SHORTEST_NUMBER if form.isdigit() else SHORTEST)}
    assert len(telling) > 200
    return [*SECRETS, *sorted(telling)]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What reaches the handler of settings.LOGGING, at the loudest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.line_formatter())
    handler.addFilter(logs.WithoutValues())
    root = logging.getLogger()
    level, before = root.level, root.handlers[:]
    root.setLevel(logging.DEBUG)
    root.handlers[:] = [handler]
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def leaked(text: str, values: list[str]) -> list[str]:
    """Which of the values the bytes hold, also escaped as JSON and Python write them."""
    forms = {
        value: {
            value,
            json.dumps(value)[1:-1],
            json.dumps(value, ensure_ascii=False)[1:-1],
            repr(value)[1:-1],
        }
        for value in values
    }
    return [value for value, written in forms.items() if any(form in text for form in written)]


def lines(written: io.StringIO) -> int:
    return len(written.getvalue().splitlines())


class Holder:
    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"<Holder {self.value}>"


def as_argument(value: str) -> None:
    logging.getLogger("some.library").warning("Cannot read %s of %r", value, Holder(value))


def as_message(value: str) -> None:
    logging.getLogger("some.library").warning(value)


def in_a_formatted_message(value: str) -> None:
    logging.getLogger("catalog.actions").error(f"Cannot read {value}.")


def as_a_number_that_is_none(value: str) -> None:
    logging.getLogger("some.library").info("%d files took %.1f s", value, value)


def by_name(value: str) -> None:
    logging.getLogger("some.library").info("%(name)s of %(patient)s", {"name": 1, "patient": value})


def as_extra(value: str) -> None:
    extra = {"patient": value, "request": Holder(value), "sql": value, "params": [value]}
    logging.getLogger("django.db.backends").error("(%.3f) %s; args=%s", 0.1, value, [value], extra=extra)


def as_an_exception(value: str) -> None:
    patient = value  # a local that a traceback with locals would show
    try:
        raise KeyError(patient)
    except KeyError as first:
        try:
            raise ValueError(f"no number: {value}") from first
        except ValueError as error:
            error.add_note(value)
            logging.getLogger("some.library").exception("Failed for %s", error)


def as_the_exception_itself(value: str) -> None:
    logging.getLogger("some.library").error(ValueError(value))


def through_structlog(value: str) -> None:
    structlog.get_logger("catalog").warning(
        "Something failed.", patient=value, rows=[value], exc_info=ValueError(value)
    )


def through_a_bound_structlog(value: str) -> None:
    with structlog.contextvars.bound_contextvars(patient=value):
        structlog.get_logger("catalog").bind(path=value).error("Something failed.")


def through_a_warning(value: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # As logging.captureWarnings has it, which pytest suspends.
        logging._showwarning(UserWarning(value), UserWarning, value, 1)  # type: ignore[attr-defined]


def through_an_unhandled_crash(value: str) -> None:
    error = ValueError(value)
    logs._crashed(ValueError, error, None)


WAYS: list[Callable[[str], None]] = [
    as_argument,
    as_message,
    in_a_formatted_message,
    as_a_number_that_is_none,
    by_name,
    as_extra,
    as_an_exception,
    as_the_exception_itself,
    through_structlog,
    through_a_bound_structlog,
    through_a_warning,
    through_an_unhandled_crash,
]


@pytest.fixture(autouse=True)
def configured() -> None:
    """Structlog as it is in every process."""
    before = logging.getLogger().handlers[:]
    hooks = sys.excepthook
    logs.configure(settings.LOGGING)
    sys.excepthook = hooks
    logging.getLogger().handlers[:] = before


@pytest.mark.parametrize("way", WAYS)
def test_no_value_and_no_secret_reaches_the_log(way, values, written):
    for value in values:
        way(value)
    assert lines(written) >= len(values)
    assert not leaked(written.getvalue(), values)


def test_what_the_source_says_and_numbers_are_written(written):
    logging.getLogger("some.library").warning("%d of %s files failed", 3, 4)
    structlog.get_logger("catalog").warning("Something failed.", chunk=7)
    assert "3 of 4 files failed" in written.getvalue()
    assert '"chunk": 7' in written.getvalue()
    assert "Something failed." in written.getvalue()


def test_a_failing_task_is_told_by_its_name_and_number_only(values, written):
    app = Celery("of-a-test", broker="memory://", set_as_current=False)

    @app.task(name="of_a_test", shared=False)
    def fails(*, told: str) -> None:
        raise ValueError(told)

    app.conf.task_always_eager = False
    app.conf.worker_hijack_root_logger = False
    for number, value in enumerate(values):
        fails.apply(kwargs={"told": value}, task_id=f"task-{number}")
    assert "of_a_test[task-0]" in written.getvalue()
    assert "builtins.ValueError" in written.getvalue()
    assert not leaked(written.getvalue(), values)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The web with a sign-in page that raises what stands in the list."""
    told = [""]

    def fails(*_: object, **__: object) -> None:
        raise ValueError(told[0])

    monkeypatch.setattr("governance.middleware.address_of", fails)
    return told


def test_a_page_that_fails_is_told_without_its_address(values, written, failing):
    client = Client(raise_request_exception=False)
    for value in values[:150]:
        failing[0] = value
        answer = client.get(
            "/studies", {"q": value}, headers={"authorization": value, "cookie": f"sessionid={value}"}
        )
        assert answer.status_code == 500
    assert '"status_code": 500' in written.getvalue()
    assert "builtins.ValueError" in written.getvalue()
    assert not leaked(written.getvalue(), values)


def test_an_address_that_is_nowhere_a_strange_host_and_a_refused_form_are_told_without_values(
    values, written, db
):
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    for value in values[:100]:
        client.get(f"/nowhere/{value}", {"name": value})
        client.post("/sign-in", {"login": value, "username": value, "password": value})
        if value.isascii() and value.isprintable():
            client.get("/", headers={"host": value})
    assert lines(written) >= 200
    assert not leaked(written.getvalue(), values)


def test_a_statement_that_fails_is_told_without_its_parameters(values, written, db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE people (name text PRIMARY KEY)")
        for value in values[:150]:
            cursor.execute("INSERT INTO people VALUES (%s)", [value.replace("\0", "")])
            try:
                with transaction.atomic():
                    cursor.execute("INSERT INTO people VALUES (%s)", [value.replace("\0", "")])
            except Error:
                logging.getLogger("catalog").exception("The chunk could not be stored.")
    assert "SQLSTATE 23505" in written.getvalue()
    assert not leaked(written.getvalue(), values)


def test_the_server_tells_of_a_broken_answer_without_values(values):
    stream = io.StringIO()
    log = ServerLog(Config())
    log.error_log.handlers[0].setStream(stream)
    for value in values:
        try:
            raise ValueError(value)
        except ValueError:
            log.exception("Error handling request %s", f"/studies?q={value}")
            log.warning("Invalid request from ip={ip}: {error}".format(ip="10.0.0.1", error=value))
    text = stream.getvalue()
    assert "Error handling request [...]" in text
    assert "builtins.ValueError" in text
    assert not leaked(text, values)
    assert not log.access_log.handlers


@pytest.mark.parametrize("code", ["raise KeyError(value)", "threading.Thread(target=fails).start()"])
def test_a_process_that_crashes_writes_no_value(code: str):
    program = (
        "import django, threading; django.setup()\n"
        "value = 'Quixote' + '^' + 'Crash'\n"
        f"def fails(): raise KeyError(value)\n{code}"
    )
    told = {**os.environ, "DJANGO_SETTINGS_MODULE": "governance.settings"}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env=told,
        capture_output=True,
        text=True,
        check=False,
        cwd=settings.BASE_DIR,
    )
    assert "builtins.KeyError" in answer.stderr
    assert "Quixote^Crash" not in answer.stderr + answer.stdout


APPS = ("governance", "catalog", "lineage", "compliance")
METHODS = {"debug", "info", "warning", "error", "exception", "critical"}


def our_log_lines() -> Iterator[tuple[str, ast.Call]]:
    for file in (file for app in APPS for file in (Path(settings.BASE_DIR) / app).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in METHODS
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id in {"log", "logger"}
            ):
                yield f"{file.name}:{node.lineno}", node


def test_every_log_line_of_ours_begins_with_constant_words():
    found = list(our_log_lines())
    assert found
    assert not [place for place, call in found if not (call.args and isinstance(call.args[0], ast.Constant))]
