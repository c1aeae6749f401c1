"""./isocenter synthesize."""

import io
import json

import pytest
from django.core.management import CommandError, call_command


def synthesize(*arguments):
    out, progress = io.StringIO(), io.StringIO()
    call_command("synthesize", *map(str, arguments), stdout=out, stderr=progress)
    return out.getvalue(), progress.getvalue()


def test_the_command_ends_with_one_json_object(tmp_path):
    out, progress = synthesize(tmp_path / "new", "--studies", 2, "--seed", 4, "--json")
    counts = json.loads((tmp_path / "new" / "answer_key.json").read_text())["collections"][0]["counts"]
    assert counts["studies"] == 2
    assert json.loads(out)["files"] >= counts["files"]
    assert "files" in progress


def test_a_thin_archive_is_measured_in_files(tmp_path):
    out, _ = synthesize(tmp_path, "--thin", "--files", 75, "--kind", "single", "--json")
    assert json.loads(out)["files"] == 75


@pytest.mark.parametrize(
    "arguments",
    [
        ("--thin", "--studies", 2),
        ("--files", 9),
        ("--kind", "ct-mr"),
        ("--studies", 0),
        ("--thin", "--files", -1),
    ],
)
def test_options_that_contradict_each_other_are_refused(tmp_path, arguments):
    with pytest.raises(CommandError):
        synthesize(tmp_path / "new", *arguments)
    assert not (tmp_path / "new").exists()


def test_a_folder_in_use_is_refused_with_a_remedy(tmp_path):
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(CommandError, match="new folder"):
        synthesize(tmp_path)
