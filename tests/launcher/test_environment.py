"""The environment: what pip was told reaches uv, and an unfinished installation is never taken for a finished one."""

import base64
import hashlib
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from launcher import environment, installation
from launcher.environment import Lock
from launcher.layout import ROOT
from launcher.pip_settings import translate
from launcher.problem import Problem


@pytest.mark.parametrize(
    ("listing", "variables"),
    [
        ("", {}),
        (
            "global.index-url='https://mirror.example/simple'",
            {"UV_DEFAULT_INDEX": "https://mirror.example/simple"},
        ),
        ("global.cert='/etc/ssl/our ca.pem'", {"SSL_CERT_FILE": "/etc/ssl/our ca.pem"}),
        (
            "global.index-url='https://a.example'\ninstall.index-url='https://b.example'",
            {"UV_DEFAULT_INDEX": "https://b.example"},
        ),
        (
            ":env:.index-url='https://env.example'\nglobal.index-url='https://a.example'",
            {"UV_DEFAULT_INDEX": "https://env.example"},
        ),
        (
            "global.extra-index-url='\\nhttps://a.example\\nhttps://b.example'",
            {"UV_INDEX": "https://a.example https://b.example"},
        ),
        (":env:.find-links='/wheels /more'", {"UV_FIND_LINKS": "/wheels,/more"}),
        ("global.trusted-host='mirror.example'", {"UV_INSECURE_HOST": "mirror.example"}),
        ("global.timeout='60'", {"UV_HTTP_TIMEOUT": "60"}),
        ("download.index-url='https://not-ours.example'\nglobal.no-color='true'", {}),
    ],
)
def test_what_pip_was_told_is_told_to_uv(listing: str, variables: dict[str, str]) -> None:
    assert translate(listing) == variables


@pytest.mark.parametrize("lock", ["bootstrap", "base", "dev"])
def test_the_locks_name_hashes_and_no_hosts(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    pinned = [line for line in text.splitlines() if "==" in line and not line.lstrip().startswith("#")]
    assert pinned
    assert all(line.endswith("\\") for line in pinned)
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_the_larger_lock_holds_the_smaller_one_at_the_same_versions() -> None:
    assert _pins("base") <= _pins("dev")


def _pins(lock: str) -> set[str]:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines()
    return {line.rstrip(" \\") for line in lines if "==" in line and not line.startswith((" ", "#"))}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one dependency, found in a folder; uv is not to be had there."""
    root, wheels = tmp_path / "a project", tmp_path / "wheels"
    (root / "requirements").mkdir(parents=True)
    wheels.mkdir()
    digest = _make_wheel(wheels / "isoprobe-1.0-py3-none-any.whl")
    (root / "requirements" / "base.txt").write_text(f"isoprobe==1.0 --hash=sha256:{digest}\n")
    (root / "requirements" / "bootstrap.txt").write_text(f"uv==0.0.1 --hash=sha256:{digest}\n")
    for name, value in {"ROOT": root, "VENV": root / ".venv"}.items():
        monkeypatch.setattr(environment, name, value)
    monkeypatch.setattr(installation, "BOOTSTRAP", root / "requirements" / "bootstrap.txt")
    monkeypatch.setattr(environment, "PYTHON", root / ".venv" / "bin" / "python")
    monkeypatch.setattr(environment, "STAMP", root / ".venv" / "isocenter.json")
    monkeypatch.setattr(environment, "UNFINISHED", root / ".venv" / "isocenter.unfinished")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return root


def _make_wheel(path: Path) -> str:
    files = {
        "isoprobe.py": b"ANSWER = 42\n",
        "isoprobe-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: isoprobe\nVersion: 1.0\n",
        "isoprobe-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_record_hash(data)},{len(data)}\n" for name, data in files.items())
    files["isoprobe-1.0.dist-info/RECORD"] = (record + "isoprobe-1.0.dist-info/RECORD,,\n").encode()
    with zipfile.ZipFile(path, "w") as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _record_hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def test_an_environment_is_made_once_and_anew_after_an_interruption_or_a_move(
    project: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.ensure(Lock.BASE)
    told = capfd.readouterr().err
    assert "uv could not install" in told
    assert "going on with pip" in told
    assert _answer(project) == "42"

    environment.ensure(Lock.BASE)
    assert capfd.readouterr().err == ""

    # As an interruption would leave it: the mark is there, and a file is only half written.
    (project / ".venv" / "isocenter.unfinished").touch()
    next((project / ".venv").glob("lib/*/site-packages/isoprobe.py")).write_text("ANS")
    assert not environment.is_current(Lock.BASE)
    runs = [threading.Thread(target=environment.ensure, args=(Lock.BASE,)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    told = capfd.readouterr().err
    assert told.count("Setting up the environment") == 1
    assert "waiting for it" in told
    assert _answer(project) == "42"

    moved = project.with_name("moved")
    project.rename(moved)
    monkeypatch.setattr(environment, "VENV", moved / ".venv")
    monkeypatch.setattr(environment, "STAMP", moved / ".venv" / "isocenter.json")
    monkeypatch.setattr(environment, "UNFINISHED", moved / ".venv" / "isocenter.unfinished")
    monkeypatch.setattr(environment, "ROOT", moved)
    monkeypatch.setattr(Lock, "file", property(lambda lock: moved / "requirements" / f"{lock}.txt"))
    assert not environment.is_current(Lock.BASE)


def _answer(project: Path) -> str:
    question = [str(project / ".venv" / "bin" / "python"), "-c", "import isoprobe; print(isoprobe.ANSWER)"]
    return subprocess.run(question, capture_output=True, text=True, check=True).stdout.strip()


def test_an_environment_without_its_python_does_not_work(project: Path) -> None:
    (project / ".venv" / "bin").mkdir(parents=True)
    assert not environment._works()
    assert not environment.is_current(Lock.BASE)


def test_an_environment_that_another_folder_links_to_is_never_emptied(project: Path, tmp_path: Path) -> None:
    another = tmp_path / "another"
    (another / "bin").mkdir(parents=True)
    (another / "bin" / "python").write_text("in use")
    (project / ".venv").symlink_to(another)
    with pytest.raises(Problem, match="is a link"):
        environment.ensure(Lock.BASE)
    assert (another / "bin" / "python").read_text() == "in use"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "ROOT", tmp_path / "nowhere")
    with pytest.raises(Problem, match="cannot be written"), environment._alone():
        pass


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("OSError: [Errno 28] No space left on device", "Free about 500 MB"),
        ("NewConnectionError: Failed to establish a new connection", "Check the network"),
        ("error sending request for url", "Check the network"),
        ("No module named ensurepip", "python3-venv"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "remove"),
    ],
)
def test_a_failed_installation_says_what_to_do(said: str, remedy: str) -> None:
    with pytest.raises(Problem) as told:
        installation.run([sys.executable, "-c", f"import sys; sys.exit({said!r})"])
    assert remedy in told.value.remedy
    assert said in told.value.message
