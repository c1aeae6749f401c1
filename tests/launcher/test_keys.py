"""The keys of a data folder: made once, for this account only, and given to whoever needs them."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from governance import env
from governance.audit.notes import load_key, new_key
from launcher import keys, services
from launcher.layout import Layout
from launcher.problem import Problem


def test_every_key_is_made_once_and_closed_to_other_accounts(layout: Layout) -> None:
    for make, path in (
        (keys.secret_key, layout.secret_key),
        (keys.secrets_key, layout.secrets_key),
        (keys.audit_key, layout.audit_key),
    ):
        made = make(layout)
        assert make(layout) == made
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_key_for_secrets_is_one_that_settings_takes(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYS_OF_A_TEST", keys.secrets_key(layout))
    assert [len(key) for key in env.keys("KEYS_OF_A_TEST")] == [32]


def test_children_are_given_the_half_that_verifies_and_not_the_one_that_signs(layout: Layout) -> None:
    told = services.environment(layout)
    assert not {"ISOCENTER_AUDIT_KEY", "ISOCENTER_AUDIT_KEY_FILE"} & told.keys()
    assert told["ISOCENTER_AUDIT_PUBLIC_KEY"] == keys.public_half(keys.audit_key(layout))
    assert "PRIVATE KEY" not in "".join(told.values())


def test_a_key_of_ones_own_is_kept_from_children_too(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pem = new_key().decode()
    (tmp_path / "key.pem").write_text(pem)
    for name, value in (
        ("ISOCENTER_AUDIT_KEY", pem),
        ("ISOCENTER_AUDIT_KEY_FILE", str(tmp_path / "key.pem")),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            told = services.environment(layout)
            assert not {"ISOCENTER_AUDIT_KEY", "ISOCENTER_AUDIT_KEY_FILE"} & told.keys()
            assert told["ISOCENTER_AUDIT_PUBLIC_KEY"] == keys.public_half(pem)
            assert keys.signing(layout, told)["ISOCENTER_AUDIT_KEY"] == pem
    assert not layout.audit_key.exists()


def test_the_sealers_key_signs_what_everybodys_verifies(layout: Layout) -> None:
    told = services.environment(layout)
    signer = load_key(keys.signing(layout, told)["ISOCENTER_AUDIT_KEY"].encode())
    verifier = load_pem_public_key(told["ISOCENTER_AUDIT_PUBLIC_KEY"].encode())
    assert isinstance(verifier, Ed25519PublicKey)
    verifier.verify(signer.sign(b"a head"), b"a head")


def test_a_key_that_is_none_is_a_problem_with_its_remedy(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOCENTER_AUDIT_KEY", "no key")
    with pytest.raises(Problem, match="no private key in PEM"):
        services.environment(layout)
    monkeypatch.setenv("ISOCENTER_AUDIT_KEY_FILE", "/nowhere/at/all")
    with pytest.raises(Problem, match="cannot be read"):
        services.environment(layout)
