"""The image: built from what is there, without secrets, and run by an account without rights."""

import importlib
import importlib.metadata
import re
import tomllib

import pytest
from django.core.management import get_commands
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from governance import settings
from governance.serving import ServerLog
from tests.deploy.recipe import (
    ROOT,
    command_of,
    dockerfile,
    final_stage,
    image_environment,
    own_services,
)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# A line of a lock: name, version, and perhaps a marker.
LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)


def locked(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {canonicalize_name(found["name"]): found["version"] for found in LOCKED.finditer(text)}


def test_every_stage_starts_from_the_same_pinned_python():
    images = {instruction.text.split(" AS ")[0] for stage in dockerfile() for instruction in stage[:1]}
    assert len(images) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", images.pop())


def test_the_image_runs_a_python_that_the_project_supports():
    version = dockerfile()[-1][0].text.split(":")[1].split("-")[0]
    assert Version(version) in SpecifierSet(PROJECT["requires-python"])


def test_packages_are_installed_by_hash_from_a_lock_that_is_there():
    installs = [each.text for stage in dockerfile() for each in stage if "pip install" in each.text]
    assert len(installs) == 1
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(installs[0].split())
    assert "requirements/server.txt" in " ".join(each.text for each in dockerfile()[0] if each.word == "COPY")
    assert locked("server.txt")


def test_the_servers_lock_holds_what_the_project_asks_for_at_the_versions_that_are_tested():
    server, tested = locked("server.txt"), locked("dev.txt")
    assert not {name: version for name, version in server.items() if tested.get(name) != version}
    for text in PROJECT["dependencies"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(server[canonicalize_name(wanted.name)]), wanted.name


def test_the_image_holds_no_embedded_servers():
    embedded = PROJECT["optional-dependencies"]["embedded"]
    assert not {canonicalize_name(Requirement(text).name) for text in embedded} & locked("server.txt").keys()


def test_everything_copied_is_there_and_not_ignored():
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copies = [each.text for stage in dockerfile() for each in stage if each.word == "COPY"]
    for words in (text.split() for text in copies if "--from=" not in text):
        for source in words[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source.rstrip('/')}" in allowed, source


def test_nothing_reaches_the_builder_that_is_not_named():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*"
    assert not [rule for rule in rules if rule.startswith(("!var", "!deploy", "!.", "!tests"))]


def test_every_installed_app_of_ours_is_copied():
    copied = " ".join(each.text for each in final_stage("COPY"))
    for app in settings.INSTALLED_APPS:
        if (ROOT / app).is_dir():
            assert f"{app}/ {app}/" in copied, app


def test_the_image_runs_as_an_account_without_a_name_on_the_host():
    user = final_stage("USER")[-1].text
    assert re.fullmatch(r"[1-9]\d{4,}:[1-9]\d{4,}", user)
    after = [each.word for each in dockerfile()[-1]]
    assert "RUN" not in after[after.index("USER") :]


def test_the_image_holds_no_secret():
    names = image_environment().keys() | {
        each.text.split("=")[0] for stage in dockerfile() for each in stage if each.word == "ARG"
    }
    assert not [name for name in names if re.search("SECRET|PASSWORD|TOKEN|DATABASE_URL|REDIS_URL", name)]


def test_the_image_knows_when_it_is_well():
    check = final_stage("HEALTHCHECK")[0]
    assert "/healthz" in check.text
    compile(check.exec_form()[2], "HEALTHCHECK", "exec")


@pytest.mark.parametrize("name", own_services())
def test_every_command_is_in_exec_form_so_that_signals_reach_it(name: str):
    assert all(isinstance(word, str) for word in command_of(own_services()[name]))
    assert command_of(own_services()[name])[0] not in {"sh", "bash"}


@pytest.mark.parametrize("name", own_services())
def test_every_command_names_programs_and_modules_that_are_there(name: str):
    program, *arguments = command_of(own_services()[name])
    if program == "python":
        assert arguments[0] == "manage.py"
        assert arguments[1] in get_commands()
        return
    assert importlib.metadata.entry_points(group="console_scripts", name=program)
    targets = [
        word.removeprefix("--app=")
        for word in arguments
        if re.fullmatch(r"(--app=)?[a-z_][\w.]*:[a-z_]\w*", word)
    ]
    assert targets
    for target in targets:
        module, _, attribute = target.partition(":")
        assert hasattr(importlib.import_module(module), attribute)


def test_no_address_of_a_request_is_logged():
    words = command_of(own_services()["web"])
    assert "access-log" not in " ".join(words)
    assert words[words.index("--logger-class") + 1] == f"{ServerLog.__module__}.{ServerLog.__qualname__}"
