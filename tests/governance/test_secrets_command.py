"""Changing the key of the database's secrets: in batches, stopped at any moment, and nothing is lost."""

import io
import json
from contextlib import suppress

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from governance import env, vault
from governance.actions import reseal_secrets
from governance.models import AuditEvent, User

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def secrets(*words: str) -> str:
    out = io.StringIO()
    call_command("secrets", *words, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def opened(row: Authenticator) -> list[str]:
    return [vault.unseal(vault.SECOND_FACTOR, text) for text in reseal_secrets._sealed_texts(row.data)]


@pytest.fixture
def factors(db, settings, monkeypatch) -> list[Authenticator]:
    """Second factors of every kind, sealed under the old key, in batches of two."""
    monkeypatch.setattr(reseal_secrets, "BATCH", 2)
    settings.SECRETS_KEYS = [OLD]
    rows = []
    for number in range(5):
        user = User.objects.create(username=f"person-{number}")
        totp = {"secret": vault.seal(vault.SECOND_FACTOR, f"TOTP{number}")}
        codes = {
            "migrated_codes": [vault.seal(vault.SECOND_FACTOR, f"code{number}-{n}") for n in range(2)],
            "used_mask": 3,
        }
        passkey = {"credential": {"id": "v1.not.sealed", "name": "key"}}
        for kind, data in (("totp", totp), ("recovery_codes", codes), ("webauthn", passkey)):
            rows.append(Authenticator.objects.create(user=user, type=kind, data=data))
    settings.SECRETS_KEYS = [NEW, OLD]
    return rows


def test_everything_comes_under_the_first_key_and_opens_to_the_same(factors, settings):
    before = {row.pk: opened(row) for row in factors}
    secrets("rotate")
    settings.SECRETS_KEYS = [NEW]
    assert {row.pk: opened(row) for row in Authenticator.objects.all()} == before
    webauthn = Authenticator.objects.filter(type="webauthn").first()
    assert webauthn.data == {"credential": {"id": "v1.not.sealed", "name": "key"}}
    assert all(row.data["used_mask"] == 3 for row in Authenticator.objects.filter(type="recovery_codes"))


def test_each_batch_is_written_down_with_how_many_and_without_a_secret(factors):
    secrets("rotate")
    events = [json.loads(bytes(each.payload)) for each in AuditEvent.objects.filter(event="secrets.rotated")]
    assert sum(event["detail"]["rows"] for event in events) == 10
    assert len(events) > 3
    assert "TOTP" not in json.dumps(events)


class Killed(BaseException):
    """What a kill does to the transaction at hand."""


def test_a_run_that_is_killed_anywhere_is_taken_up_by_the_next(factors, settings, monkeypatch):
    before = {row.pk: opened(row) for row in factors}
    seal = vault.seal
    for at in range(1, 18, 3):
        calls = 0

        def dies(purpose, plain, *, at=at):
            nonlocal calls
            calls += 1
            if calls == at:
                raise Killed
            return seal(purpose, plain)

        monkeypatch.setattr(vault, "seal", dies)
        with suppress(Killed):
            reseal_secrets.reseal_secrets(actor=None)
        assert {row.pk: opened(row) for row in Authenticator.objects.all()} == before
    monkeypatch.setattr(vault, "seal", seal)
    secrets("rotate")
    settings.SECRETS_KEYS = [NEW]
    assert {row.pk: opened(row) for row in Authenticator.objects.all()} == before


def test_a_second_run_has_nothing_to_do_and_writes_nothing(factors):
    secrets("rotate")
    before = AuditEvent.objects.count()
    assert reseal_secrets.reseal_secrets(actor=None) == 0
    assert AuditEvent.objects.count() == before


def test_check_counts_by_key_and_fails_until_all_are_under_the_first(factors):
    with pytest.raises(CommandError, match="rotate"):
        secrets("check")
    secrets("rotate")
    told = secrets("check")
    assert f"15  under key {vault.key_id(NEW)} (the first)" in told
    assert f" 0  under key {vault.key_id(OLD)}" in told


def test_what_no_key_opens_is_counted_and_stops_the_rotation_with_a_remedy(factors, settings):
    settings.SECRETS_KEYS = [NEW]
    with pytest.raises(CommandError, match="rotate"):
        secrets("check")
    assert reseal_secrets.census()["-"] == 15
    with pytest.raises(CommandError, match=vault.key_id(OLD)):
        secrets("rotate")


def test_a_new_key_is_one_that_settings_takes(monkeypatch):
    monkeypatch.setenv("KEYS_OF_A_TEST", secrets("key"))
    assert len(env.keys("KEYS_OF_A_TEST")) == 1
