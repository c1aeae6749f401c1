"""Log lines name what went wrong, and hold no value of anybody's header."""

import io
import logging

import pytest
from django.db import IntegrityError, connection

from catalog.actions.refusals import Refused
from governance.logs import WithoutValues, line_formatter

SECRET = "Quixotesecret"


@pytest.fixture
def log():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(line_formatter())
    handler.addFilter(WithoutValues())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, stream


def test_a_value_that_python_quotes_stays_out_of_the_log(log):
    logger, stream = log
    try:
        int(SECRET)
    except ValueError:
        logger.exception("failed")
    assert "builtins.ValueError at" in stream.getvalue()
    assert "test_logs.py" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_a_key_that_postgresql_quotes_stays_out_of_the_log_and_its_sqlstate_is_told(log, db):
    logger, stream = log
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE people (name text PRIMARY KEY)")
        cursor.execute("INSERT INTO people VALUES (%s)", [SECRET])
        with pytest.raises(IntegrityError, match=SECRET) as raised:
            cursor.execute("INSERT INTO people VALUES (%s)", [SECRET])
    logger.error("failed", exc_info=raised.value)
    assert "SQLSTATE 23505" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_celerys_line_about_a_failed_task_quotes_nothing(log):
    logger, stream = log
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        told = {"name": "catalog.tasks.read", "id": "1", "exc": repr(error), "args": f"({SECRET!r},)"}
        logger.exception("Task %(name)s[%(id)s] raised unexpected: %(exc)s %(args)s", told)
    assert "raised unexpected: builtins.KeyError ()" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_our_own_words_are_quoted(log):
    logger, stream = log
    try:
        raise Refused("The folder is connected already.")
    except Refused:
        logger.exception("failed")
    assert "The folder is connected already." in stream.getvalue()
