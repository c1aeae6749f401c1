"""The shell script, where Python is missing, too old or incomplete, and from wherever it is called."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.layout import ROOT

OLD = "#!/bin/sh\nexit 1\n"
WITHOUT_VENV = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1;; esac\nexit 0\n'


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with nothing on it but what every system has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "readlink", "sh"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The script in a repository that has no environment yet; its launcher only says what it was given."""
    root = tmp_path / "with a space"
    (root / "launcher").mkdir(parents=True)
    shutil.copy(ROOT / "isocenter", root / "isocenter")
    (root / "launcher" / "__main__.py").write_text("import sys; print(sys.argv[1:])\n")
    return root / "isocenter"


def call(script: Path, programs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [script, *arguments],
        env={"PATH": str(programs)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def add(programs: Path, name: str, text: str) -> None:
    (programs / name).write_text(text)
    (programs / name).chmod(0o755)


def test_without_python_it_says_so_in_one_line(copy: Path, programs: Path) -> None:
    answer = call(copy, programs)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "Python 3.11 or newer is needed" in answer.stderr


def test_an_old_python_is_no_python(copy: Path, programs: Path) -> None:
    add(programs, "python3", OLD)
    assert "Python 3.11 or newer is needed" in call(copy, programs).stderr


def test_without_the_venv_module_it_names_the_package(copy: Path, programs: Path) -> None:
    add(programs, "python3.12", WITHOUT_VENV)
    add(programs, "python3", OLD)
    answer = call(copy, programs)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "apt install python3-venv" in answer.stderr


def test_a_complete_python_is_preferred_to_a_newer_one_without_venv(copy: Path, programs: Path) -> None:
    add(programs, "python3.13", WITHOUT_VENV)
    (programs / "python3").symlink_to(sys.executable)
    answer = call(copy, programs, "status", "two words")
    assert answer.stdout.strip() == "['status', 'two words']"


def test_it_finds_its_repository_through_links(copy: Path, programs: Path, tmp_path: Path) -> None:
    (programs / "python3").symlink_to(sys.executable)
    (tmp_path / "first").symlink_to(copy)
    (tmp_path / "second").symlink_to("first")
    assert call(tmp_path / "second", programs, "x").stdout.strip() == "['x']"


def test_it_is_plain_shell() -> None:
    for shell in ("dash", "bash"):
        if found := shutil.which(shell):
            subprocess.run([found, "-n", str(ROOT / "isocenter")], check=True)
