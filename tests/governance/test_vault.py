"""What must lie in the database encrypted: who has only the database cannot open it, nor move it."""

import base64
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance import env
from governance.vault import CannotOpen, NoSecretsKey, key_id, needs_resealing, seal, unseal

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@pytest.fixture(autouse=True)
def one_key(settings):
    settings.SECRETS_KEYS = [OLD]


@given(st.text(), st.text(max_size=40))
def test_what_is_sealed_opens_again_for_its_purpose(plain, purpose):
    assert unseal(purpose, seal(purpose, plain)) == plain


def test_the_sealed_text_shows_nothing_and_is_never_the_same():
    sealed = seal("second-factor", "JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert b"JBSWY3DPEHPK3PXP" not in base64.urlsafe_b64decode(sealed.rpartition(".")[2])
    assert sealed != seal("second-factor", "JBSWY3DPEHPK3PXP")


def test_a_text_that_was_sealed_for_another_row_does_not_open():
    with pytest.raises(CannotOpen):
        unseal("source-credential:18", seal("source-credential:17", "secret"))


def test_no_changed_character_goes_unnoticed():
    sealed = seal("second-factor", "secret")
    for place in range(len(sealed)):
        other = "A" if sealed[place] != "A" else "B"
        changed = sealed[:place] + other + sealed[place + 1 :]
        with pytest.raises(CannotOpen):
            unseal("second-factor", changed)


@pytest.mark.parametrize("text", ["", "v1", "v1..", "v2.a.b", "v1.630dcd29.", "plain secret", "v1.x.AAAA"])
def test_what_was_never_sealed_does_not_open(text):
    with pytest.raises(CannotOpen):
        unseal("second-factor", text)


def test_an_old_key_opens_and_the_first_one_seals(settings):
    sealed = seal("second-factor", "secret")
    settings.SECRETS_KEYS = [NEW, OLD]
    assert unseal("second-factor", sealed) == "secret"
    assert needs_resealing(sealed)
    again = seal("second-factor", "secret")
    assert not needs_resealing(again)
    settings.SECRETS_KEYS = [NEW]
    assert unseal("second-factor", again) == "secret"
    with pytest.raises(CannotOpen, match=key_id(OLD)):
        unseal("second-factor", sealed)


def test_without_a_key_nothing_is_sealed_in_the_clear(settings):
    settings.SECRETS_KEYS = []
    with pytest.raises(NoSecretsKey, match="ISOCENTER_SECRETS_KEY_FILE"):
        seal("second-factor", "secret")


def test_the_name_of_a_key_tells_nothing_of_it():
    assert key_id(OLD) != key_id(NEW)
    assert key_id(OLD) not in OLD.hex()


def test_keys_are_read_in_either_alphabet_one_a_line(monkeypatch):
    first, second = os.urandom(32), b"\xfb\xff" * 16
    text = f"{base64.b64encode(first).decode()}\n{base64.urlsafe_b64encode(second).decode()}\n"
    monkeypatch.setenv("KEYS_OF_A_TEST", text)
    assert env.keys("KEYS_OF_A_TEST") == [first, second]
    assert env.keys("NO_SUCH_VARIABLE_OF_A_TEST") == []


@pytest.mark.parametrize("text", ["short", base64.b64encode(b"x" * 31).decode(), "!" * 44])
def test_a_key_that_is_none_is_refused_at_the_start_without_being_shown(monkeypatch, text):
    monkeypatch.setenv("KEYS_OF_A_TEST", text)
    with pytest.raises(env.BadSetting, match="KEYS_OF_A_TEST must hold keys") as refused:
        env.keys("KEYS_OF_A_TEST")
    assert text not in str(refused.value)


def test_the_same_key_twice_is_a_mistake(monkeypatch):
    key = base64.b64encode(OLD).decode()
    monkeypatch.setenv("KEYS_OF_A_TEST", f"{key} {key}")
    with pytest.raises(env.BadSetting, match="twice"):
        env.keys("KEYS_OF_A_TEST")
