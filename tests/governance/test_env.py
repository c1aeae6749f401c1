"""A wrong value is refused when Isocenter starts, with the variable's name; not at the first request."""

import pytest

from governance import env


@pytest.mark.parametrize(
    "value",
    ["600", "600/x", "/min", "0/min", "-1/min", "many/min", "600/", "6.5/s", "²/s", "9" * 5000 + "/s"],
)
def test_a_rate_that_is_none_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("ISOCENTER_API_RATE", value)
    with pytest.raises(env.BadSetting, match="ISOCENTER_API_RATE"):
        env.rate("ISOCENTER_API_RATE", "600/min")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("", (600, 60)), ("600/min", (600, 60)), ("1/s", (1, 1)), ("5/hour", (5, 3600)), ("9/day", (9, 86400))],
)
def test_a_rate_is_so_many_in_so_many_seconds(monkeypatch, value, expected):
    monkeypatch.setenv("ISOCENTER_API_RATE", value)
    assert env.rate("ISOCENTER_API_RATE", "600/min") == expected


def test_a_word_is_taken_in_any_case_and_another_one_refused(monkeypatch):
    monkeypatch.setenv("ISOCENTER_LOG_LEVEL", "debug")
    assert env.one_of("ISOCENTER_LOG_LEVEL", "INFO", ("DEBUG", "INFO")) == "DEBUG"
    monkeypatch.setenv("ISOCENTER_LOG_LEVEL", "LOUD")
    with pytest.raises(env.BadSetting, match="ISOCENTER_LOG_LEVEL must be one of DEBUG, INFO"):
        env.one_of("ISOCENTER_LOG_LEVEL", "INFO", ("DEBUG", "INFO"))


@pytest.mark.parametrize(("value", "expected"), [("7", 7), ("", 3)])
def test_a_number_has_a_default(monkeypatch, value, expected):
    monkeypatch.setenv("ISOCENTER_WORKERS", value)
    assert env.number("ISOCENTER_WORKERS", 3) == expected


@pytest.mark.parametrize("value", ["-1", "two", "1.5"])
def test_a_number_that_is_none_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("ISOCENTER_WORKERS", value)
    with pytest.raises(env.BadSetting, match="ISOCENTER_WORKERS"):
        env.number("ISOCENTER_WORKERS", 3)
