"""deploy/make-secrets: makes what docker-compose.yml reads, once."""

import re
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from governance import env
from launcher.keys import public_half
from tests.deploy.recipe import ROOT, compose, services


def make(folder: Path) -> None:
    subprocess.run([ROOT / "deploy" / "make-secrets", folder], check=True, capture_output=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    make(folder)
    return folder


def test_every_secret_of_the_stack_is_made(made: Path):
    wanted = {Path(secret["file"]).name for secret in compose()["secrets"].values()}
    assert {file.name for file in made.iterdir()} == wanted


def test_only_their_owner_comes_near_them(made: Path):
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in made.iterdir()} == {0o444}


def test_secrets_are_long_and_differ(made: Path):
    names = ("secret_key", "postgres_password", "app_password", "sealer_password", "valkey_password")
    words = [(made / name).read_text() for name in names]
    assert len(set(words)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9]{40,}", word) for word in words)


def test_the_addresses_hold_the_passwords_and_the_names_of_the_services(made: Path):
    own = services()["postgres"]["environment"]
    for address, password, user in (
        ("database_url", "postgres_password", own["POSTGRES_USER"]),
        ("app_database_url", "app_password", "isocenter_app"),
        ("sealer_database_url", "sealer_password", "isocenter_sealer"),
    ):
        database = env.database((made / address).read_text())
        assert database["PASSWORD"] == (made / password).read_text()
        assert (database["HOST"], database["NAME"], database["USER"]) == (
            "postgres",
            own["POSTGRES_DB"],
            user,
        )
    broker = urlsplit((made / "redis_url").read_text())
    assert broker.hostname == "valkey"
    assert broker.password == (made / "valkey_password").read_text()
    assert (made / "valkey.conf").read_text() == f"requirepass {broker.password}"


def test_settings_reads_them_from_their_files(made: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ISOCENTER_SECRET_KEY_FILE", str(made / "secret_key"))
    assert env.text("ISOCENTER_SECRET_KEY") == (made / "secret_key").read_text()


def test_the_public_key_is_the_other_half_of_the_one_that_signs(made: Path):
    assert (made / "audit_public_key").read_text() == public_half((made / "audit_key").read_text()).strip()


def test_the_key_for_secrets_is_one_that_settings_takes(made: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KEYS_OF_A_TEST_FILE", str(made / "secrets_key"))
    assert [len(key) for key in env.keys("KEYS_OF_A_TEST")] == [32]


def test_a_second_run_changes_nothing(made: Path):
    before = {file.name: file.read_text() for file in made.iterdir()}
    make(made)
    assert {file.name: file.read_text() for file in made.iterdir()} == before
