"""`check --deploy` has nothing to say of the deployed configuration, and names what is wrong with another."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.conf import settings as ours

from governance import checks

DEPLOYED = {
    "DATABASE_URL": "postgresql://isocenter_app:password@postgres:5432/isocenter",
    "REDIS_URL": "redis://:password@valkey:6379/0",
    "ISOCENTER_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ISOCENTER_SECRETS_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "ISOCENTER_AUDIT_PUBLIC_KEY": "a key in PEM",
    "ISOCENTER_ALLOWED_HOSTS": "127.0.0.1,isocenter.example.org",
    "ISOCENTER_SOURCE_ROOTS": "/dicom",
    "ISOCENTER_BEHIND_TLS": "yes",
}


def python(*words: str, **changed: str) -> "subprocess.CompletedProcess[str]":
    # Tests in a browser set Django's own for themselves.
    foreign = ("ISOCENTER_", "DJANGO_ALLOW_ASYNC_UNSAFE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    told = {**kept, "DJANGO_SETTINGS_MODULE": "governance.settings", **DEPLOYED, **changed}
    return subprocess.run(
        [sys.executable, *words], env=told, capture_output=True, text=True, check=False, cwd=ours.BASE_DIR
    )


def check(**changed: str) -> "subprocess.CompletedProcess[str]":
    return python("manage.py", "check", "--deploy", "--fail-level", "WARNING", **changed)


def test_the_deployed_configuration_is_clean():
    answer = check()
    assert answer.returncode == 0, answer.stderr
    assert "no issues" in answer.stdout


def test_what_is_silenced_is_told_with_its_reason():
    lines = (ours.BASE_DIR / "governance" / "settings.py").read_text(encoding="utf-8").splitlines()
    comments = "".join(line for line in lines if line.startswith("#"))
    assert all(name in comments for name in ours.SILENCED_SYSTEM_CHECKS)
    assert ours.SILENCED_SYSTEM_CHECKS == ["security.W021", "urls.W002"]


def test_a_demo_or_debugging_in_production_stops_every_command():
    answer = python("manage.py", "check", ISOCENTER_DEMO="yes", ISOCENTER_DEBUG="yes")
    assert answer.returncode == 1
    assert {"isocenter.E001", "isocenter.E002"} <= set(
        answer.stderr.replace("(", " ").replace(")", " ").split()
    )


FAULTS: dict[str, dict[str, object]] = {
    "isocenter.E003": {"SECRET_KEY": "short"},
    "isocenter.E004": {"SECRETS_KEYS": []},
    "isocenter.W005": {"AUDIT_KEY": "x", "AUDIT_PUBLIC_KEY": "x"},
    "isocenter.W006": {"AUDIT_KEY": "", "AUDIT_PUBLIC_KEY": ""},
    "isocenter.W007": {"SOURCE_ROOTS": []},
    "isocenter.E008": {"ALLOWED_HOSTS": ["*"]},
    "isocenter.W009": {"BEHIND_TLS": False},
    "isocenter.W010": {"REDIS_URL": "redis://valkey:6379/0"},
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_with_a_remedy(name: str, settings):
    for setting, value in FAULTS[name].items():
        setattr(settings, setting, value)
    every: list[Callable[..., list]] = [checks.keys_of_an_installation, checks.what_others_can_reach]
    found = {message.id: message for each in every for message in each()}
    assert found[name].hint


SHOW = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"host": "isocenter.example.org"})
answers = {
    "over tls": client.get("/healthz", headers={"x-forwarded-proto": "https"}),
    "elsewhere": client.get("/static/css/app.css", headers={"x-forwarded-proto": "https"}),
    "from inside": client.get("/healthz"),
    "without tls": client.get("/sign-in"),
}
print(json.dumps({
    "cookies": [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME],
    "secure": [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY],
    **{name: [answer.status_code, dict(answer.headers)] for name, answer in answers.items()},
}))
"""


@pytest.fixture(scope="module")
def shown() -> dict:
    answer = python("-c", SHOW)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout.splitlines()[-1])


def test_behind_tls_browsers_insist_on_it_for_a_year(shown):
    for name in ("over tls", "elsewhere"):
        status, headers = shown[name]
        assert status == 200
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_behind_tls_who_comes_without_it_is_sent_on_and_the_health_check_is_not(shown):
    status, headers = shown["without tls"]
    assert (status, headers["Location"]) == (301, "https://isocenter.example.org/sign-in")
    assert shown["from inside"][0] == 200


def test_behind_tls_no_other_host_of_the_domain_can_set_a_cookie(shown):
    assert shown["cookies"] == ["__Host-sessionid", "__Host-csrftoken"]
    assert shown["secure"] == [True, True, True]
