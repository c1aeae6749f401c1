"""The deployment's files as data: Dockerfile, docker-compose.yml, and the variables that settings.py reads."""

import ast
import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
# ${NAME}, ${NAME:-default} and ${NAME:?message} of the Compose Specification; $$ is a dollar sign.
INTERPOLATED = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?::?[-?](?P<rest>[^}]*))?\}")


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile, its continuation lines joined."""

    word: str
    text: str

    def exec_form(self) -> list[str]:
        """The words of CMD and the like in exec form; ValueError in shell form."""
        words = ast.literal_eval(self.text[self.text.index("[") :])
        if not isinstance(words, list):
            raise ValueError(f"{self.word} is not in exec form")
        return words


@cache
def dockerfile() -> tuple[tuple[Instruction, ...], ...]:
    """The Dockerfile's stages."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    stages: list[list[Instruction]] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            stages.append([])
        stages[-1].append(Instruction(word, rest.strip()))
    return tuple(tuple(stage) for stage in stages)


def final_stage(word: str) -> list[Instruction]:
    """The instructions of one kind in the stage that becomes the image."""
    return [instruction for instruction in dockerfile()[-1] if instruction.word == word]


def image_environment() -> dict[str, str]:
    """What ENV sets in the image."""
    words = [word for instruction in final_stage("ENV") for word in shlex.split(instruction.text)]
    return dict(word.split("=", 1) for word in words)


@cache
def compose() -> dict[str, Any]:
    """docker-compose.yml, uninterpolated."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return found


def services() -> dict[str, dict[str, Any]]:
    """Every service."""
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def own_services() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: service for name, service in services().items() if "build" in service}


def command_of(service: dict[str, Any]) -> list[str]:
    """What a service of ours runs: its command, or the image's."""
    words: list[str] = service.get("command") or final_stage("CMD")[0].exec_form()
    return words


def interpolated(text: str) -> dict[str, str | None]:
    """The ${NAME}s of a text with what follows them."""
    return {found["name"]: found["rest"] for found in INTERPOLATED.finditer(text)}


@cache
def settings_variables() -> frozenset[str]:
    """Every variable that governance/settings.py reads through governance.env."""
    tree = ast.parse((ROOT / "governance" / "settings.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _asks_env(node.func)]
    names = [call.args[0] for call in calls if call.args and isinstance(call.args[0], ast.Constant)]
    return frozenset(str(name.value) for name in names)


def _asks_env(function: ast.expr) -> bool:
    readers = {"text", "flag", "one_of", "rate", "number", "words", "key_name", "keys", "networks"}
    return (
        isinstance(function, ast.Attribute)
        and function.attr in readers
        and isinstance(function.value, ast.Name)
        and function.value.id == "env"
    )
