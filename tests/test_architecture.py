"""The house rules that no single test can hold: layers, names, sizes, permissions, templates, and what git may hold."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import BaseCommand, get_commands, load_command_class
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.urls import URLPattern, URLResolver, get_resolver
from importlinter.cli import lint_imports

from governance.celery import app as celery
from governance.command import GovernedCommand
from governance.permissions import Permission

ROOT = Path(__file__).resolve().parent.parent
OUR_APPS = ("governance", "catalog", "lineage", "compliance")
PURE = ("catalog.dicom", "catalog.sources", "catalog.synthesis")
LONGEST_FUNCTION = 50
# Names that say where something was put because nobody knew what it was.
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "extras", "misc"}
# Who may read the environment: everybody else takes it from the settings.
READ_ENVIRONMENT = {"governance/env.py", "governance/celery.py", "governance/wsgi.py", "manage.py"}
# Pages that declare no permission, each with the reason.
OPEN_PAGES = {
    "sign-in": "nobody is signed in yet",
    "sign-out": "whoever is signed in may leave",
    "account_login": "nobody is signed in yet; the name under which django-allauth knows it",
    "mfa_authenticate": "the second step of signing in",
    "openid_connect_login": "leads to the identity provider",
    "openid_connect_callback": "where the identity provider leads back to",
    "invitation": "whoever has the link makes their own account with it",
    **dict.fromkeys(
        (
            "account",
            "password",
            "end-other-sessions",
            "tokens",
            "token-revoke",
            "account_reauthenticate",
            "mfa_reauthenticate",
            "mfa_reauthenticate_webauthn",
            "mfa_index",
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_add_webauthn",
            "mfa_remove_webauthn",
            "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes",
        ),
        "everybody has their own account, and sees no other's",
    ),
    **dict.fromkeys(
        ("service-tokens", "service-token-make", "service-token-revoke"),
        "whoever answers for a program, without any permission; to others it is not there, or theirs to revoke",
    ),
    "catalog:home": "everybody has a first page; without catalog:read it says what they can ask for",
    "prefer": "everybody has their own preferences",
    "healthz": "load balancers ask, and learn nothing",
    "readyz": "load balancers ask, and learn which service is away",
    "metrics": "asks for a permission itself, unless ISOCENTER_METRICS_OPEN",
    "access:overview": "everybody sees their own access",
    "access:request": "everybody may ask for access to what is listed",
    "access:request-detail": "everybody sees what they asked for; others by the permission where it was asked",
    "access:request-withdraw": "who made a request may take it back",
    "access:grant": "everybody sees what they were given; others by the permission where it was given",
    "access:grant-revoke": "everybody may give up what they were given; others by the permission there",
    "access:explain": "everybody may ask about themselves; about others by a permission",
    "access:glass": "a superuser breaks the glass, and holds no permission before; to others it is not there",
    "access:glass-mend": "whoever broke the glass may mend it",
    "api:access-explain": "everybody may ask about themselves; about others by a permission",
    "api:access-requests-list": "everybody sees what they asked for, and may ask",
    "api:access-requests-detail": "everybody sees what they asked for; others by the permission where it was asked",
    "api:access-requests-withdraw": "who made a request may take it back",
    "api:grants-revoke": "everybody may give up what they were given; others by the permission there",
    "api:roles-list": "what there is to be asked for",
    "api:roles-detail": "what there is to be asked for",
    "api:me": "everybody may know who they are",
    "api:schema": "the description of the API holds no data; needs a sign-in",
    "api:docs": "the description of the API holds no data; needs a sign-in",
    "governance.api.views.NoSuchAddress": "says 404 for whatever is not there",
}
# Tasks act for the installation, as nobody asks at their time: whoever set them off was asked before, by the action
# that did it. Each with what that was, or why it needs nobody.
TASKS_OF_THE_INSTALLATION = {
    "catalog.tasks.walk": "a crawl that somebody with crawl:control started",
    "catalog.tasks.read": "a crawl that somebody with crawl:control started, or quarantine:retry",
    "catalog.tasks.settle": "ends such a crawl",
    "catalog.tasks.tend_crawls": "goes on with such crawls when a worker was lost",
    "catalog.tasks.render_thumbnail": "draws for somebody who may see the instance; who asks for the picture is asked again",
    "governance.tasks.end_grants": "takes away what was given until now",
    "governance.tasks.end_lenses": "writes down that lenses ran out; they showed nothing from that moment on",
    "governance.tasks.forget_sessions": "removes sessions that let nobody in any more",
    "governance.tasks.check_grants": "holds the stored permissions to the grants",
    "governance.tasks.note_use": "notes on grants what the audit trail says of their use",
    "governance.tasks.verify_audit": "somebody with audit:read on all collections asked for it",
}
ORM_WRITES = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git holds, or would take with `git add`; without git, every file beside caches and data."""
    question = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    answer = subprocess.run(question, cwd=ROOT, capture_output=True, text=True, check=False)
    if answer.returncode == 0:
        names = [name for name in answer.stdout.split("\0") if name]
        return tuple(path for name in sorted(set(names)) if (path := ROOT / name).is_file())
    away = {".venv", "var", "staticfiles", "build", ".git"}
    found = (path for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if path.relative_to(ROOT).parts[0] not in away))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def python_files() -> tuple[Path, ...]:
    return tuple(path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=name_of(path))


def own_python(*folders: str) -> Iterator[Path]:
    """The Python files below folders of the repository, with or without a final slash."""
    prefixes = tuple(f"{folder.rstrip('/')}/" for folder in folders)
    return (path for path in python_files() if name_of(path).startswith(prefixes))


def imports(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (
        node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


# --- layers -----------------------------------------------------------------------------------------


def test_every_import_contract_is_kept(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_logo=True, cache_dir=None)
    assert not broken, capsys.readouterr().out


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_runs_without_django(package: str):
    question = f"import sys, {package}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    answer = subprocess.run(
        [sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"django", "celery", "opensearchpy", "rest_framework", "governance"} & set(
        answer.stdout.split()
    )


def test_only_one_file_knows_opensearchpy():
    knowing = {
        name_of(path)
        for path in own_python(*OUR_APPS)
        if any("opensearchpy" in each for each in imports(path))
    }
    assert knowing <= {"catalog/search/opensearch.py"}


def test_actions_never_call_their_own_apps_tasks():
    for app in OUR_APPS:
        for path in own_python(f"{app}/actions"):
            assert not [name for name in imports(path) if name.startswith(f"{app}.tasks")], name_of(path)


def test_pages_and_api_write_through_actions_only():
    for path in (path for app in OUR_APPS for path in own_python(f"{app}/views", f"{app}/api")):
        calls = [node.func for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
        assert not ORM_WRITES & {call.attr for call in calls if isinstance(call, ast.Attribute)}, name_of(
            path
        )


def test_only_settings_read_the_environment():
    """Others may hand it on to a child process, and PATH, or name the settings; they look up no other variable."""
    for path in (*own_python(*OUR_APPS), ROOT / "manage.py"):
        if name_of(path) not in READ_ENVIRONMENT:
            assert _looked_up(path) <= {"'PATH'", "'DJANGO_SETTINGS_MODULE'"}, name_of(path)


def _looked_up(path: Path) -> set[str]:
    """The variables that a file asks the environment for by name, as written."""
    readers = {"os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault"}
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in readers:
            found.add(ast.unparse(node.args[0]))
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            found.add(ast.unparse(node.slice))
    return found


def test_the_launcher_starts_before_anything_is_installed():
    """Only the standard library at the top of a module; what the environment brings is imported inside functions."""
    for path in own_python("launcher"):
        tops = [node for node in parsed(path).body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = [node.names[0].name if isinstance(node, ast.Import) else node.module or "" for node in tops]
        roots = {name.split(".")[0] for name in names}
        assert roots <= {*sys.stdlib_module_names, "launcher"}, name_of(path)


# --- names and sizes --------------------------------------------------------------------------------


def test_every_module_is_named_for_what_it_holds():
    named = [
        name_of(path) for path in python_files() if NAMELESS & {path.stem, *path.relative_to(ROOT).parts[:-1]}
    ]
    assert not named


def test_no_function_is_too_long_to_be_read_at_once():
    long = {
        f"{name_of(path)}:{function.lineno} {function.name}": lines
        for path in python_files()
        for function in functions(path)
        if (lines := _lines_of(function)) > LONGEST_FUNCTION
    }
    assert not long


def _lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Its lines, less those of its docstring."""
    first = function.body[0]
    is_docstring = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def test_every_module_says_what_it_is_for():
    modules = [path for path in (*own_python(*OUR_APPS, "launcher"),) if parsed(path).body]
    assert not [name_of(path) for path in modules if not ast.get_docstring(parsed(path))]


def test_every_test_says_what_it_promises():
    short = [
        f"{name_of(path)} {function.name}"
        for path in own_python("tests")
        for function in functions(path)
        if function.name.startswith("test") and len(function.name.split("_")) < 4
    ]
    assert not short


# --- permissions and commands -----------------------------------------------------------------------


def pages(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, Any]]:
    """Every address with its view, under its full name, or under the view's where it has none."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from pages(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern):
            name = f"{namespace}{entry.name}" if entry.name else entry.lookup_str
            yield name, entry.callback


def permissions_of(view: Any) -> list[object]:
    """What a page or each action of an API view declares; None where one declares nothing."""
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if kind is None:
        return [getattr(view, "permission", None)]
    actions = getattr(view, "actions", None) or {"": ""}
    by_action = getattr(kind, "action_permissions", {})
    return [by_action.get(action, getattr(kind, "permission", None)) for action in actions.values()]


def test_every_page_declares_its_permission_or_why_it_needs_none():
    open_pages = {name for name, view in pages() if None in permissions_of(view)}
    assert open_pages - OPEN_PAGES.keys() == set()


def test_no_page_is_called_open_without_need():
    assert OPEN_PAGES.keys() - {name for name, view in pages() if None in permissions_of(view)} == set()


def commands() -> dict[str, BaseCommand]:
    ours = {name: app for name, app in get_commands().items() if app in OUR_APPS}
    assert ours
    return {name: load_command_class(app, name) for name, app in ours.items()}


def test_every_command_of_ours_says_what_it_does():
    assert not [name for name, command in commands().items() if not command.help]


def test_every_command_declares_its_permission_or_why_it_needs_none():
    """By deriving from governance.command.GovernedCommand, which asks for it."""
    silent = [
        name
        for name, command in commands().items()
        if not isinstance(command, GovernedCommand)
        or not isinstance(getattr(command, "permission", "undeclared"), Permission | None)
        or (command.permission is None) != bool(command.open_because)
    ]
    assert not silent


def our_tasks() -> dict[str, Any]:
    celery.loader.import_default_modules()
    return {name: task for name, task in celery.tasks.items() if name.partition(".")[0] in OUR_APPS}


def test_every_task_says_why_the_installation_itself_does_it():
    assert our_tasks().keys() == TASKS_OF_THE_INSTALLATION.keys()


def test_every_task_is_told_numbers_and_nothing_about_anybody():
    """Messages lie in a queue, and are logged: they hold ids, counts, and yes or no."""
    for name, task in our_tasks().items():
        parameters = inspect.signature(task.run).parameters.values()
        assert not [each.name for each in parameters if each.annotation not in {int, bool}], name


# What people and programs are shown by itself; other rows are reached through these.
SHOWN = ("Patient", "Study", "Series", "Instance", "Source", "Crawl", "Quarantine")


@pytest.mark.parametrize("name", SHOWN)
def test_rows_are_asked_for_on_behalf_of_somebody(name: str):
    """They have visible_to(), so that no page has to know how access works."""
    assert hasattr(apps.get_model("catalog", name)._default_manager, "visible_to")


def test_the_migrations_hold_the_models():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(
        graph=loader.graph
    )
    assert {app: [str(migration) for migration in found] for app, found in changes.items()} == {}


# --- templates --------------------------------------------------------------------------------------

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
INLINE_STYLE = re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE)
INLINE_SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)|javascript:|\son[a-z]+\s*=", re.IGNORECASE)
EXTERNAL = re.compile(
    r"""(?:src|srcset|action|poster|data)\s*=\s*["']?\s*(?:https?:)?//|@import""", re.IGNORECASE
)
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment.*?endcomment\s*%\}", re.DOTALL)


def markup(path: Path) -> str:
    """A template's text without its comments."""
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_bears_the_strict_content_security_policy(path: Path):
    text = markup(path)
    assert not INLINE_STYLE.search(text)
    assert not INLINE_SCRIPT.search(text)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_asks_nobody_else_for_anything(path: Path):
    assert not EXTERNAL.search(markup(path))


@pytest.mark.parametrize(
    "path",
    [path for path in TEMPLATES if "components" in path.parts or path.name.startswith("_")],
    ids=name_of,
)
def test_a_component_opens_with_the_variables_it_takes(path: Path):
    assert COMMENT.match(path.read_text(encoding="utf-8").lstrip())


@pytest.mark.parametrize("path", sorted((ROOT / "static" / "css").glob("*.css")), ids=name_of)
def test_a_style_sheet_asks_nobody_else_for_anything(path: Path):
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", path.read_text(encoding="utf-8"))


# --- what git may hold ------------------------------------------------------------------------------

# Hosts from which packages or images are fetched: the locks work with any mirror, so none is named.
HOSTS = re.compile(
    r"(?:\bpypi\.(?:org|io)|pythonhosted\.org|registry\.npmjs|registry\.yarnpkg|npmmirror|crates\.io|proxy\.golang\.org"
    r"|\bdocker\.io|\bghcr\.io|\bquay\.io|\bgcr\.io|artifactory|\bnexus[.-]|--index-url|--extra-index-url)\b",
    re.IGNORECASE,
)
TEXT_SUFFIXES = {
    "",
    ".py",
    ".md",
    ".txt",
    ".toml",
    ".yml",
    ".yaml",
    ".html",
    ".css",
    ".js",
    ".json",
    ".svg",
    ".csv",
    ".cfg",
}


def texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        if path.suffix in TEXT_SUFFIXES and path != Path(__file__) and "vendor" not in path.parts:
            yield name_of(path), path.read_text(encoding="utf-8", errors="replace")


def test_no_file_names_a_host_of_packages():
    assert not [f"{name}: {found[0]}" for name, text in texts() if (found := HOSTS.search(text))]


def test_no_file_names_a_path_of_this_machine():
    here = [f"{place}/" for place in (ROOT, Path.home()) if len(place.parts) > 2]
    assert not [name for name, text in texts() if any(place in text for place in here)]


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").glob("*.txt")), ids=name_of)
def test_a_lock_holds_exact_versions_with_hashes_and_no_address(path: Path):
    text = path.read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    assert lines
    for line in lines:
        assert re.match(r"[A-Za-z0-9_.\[\]-]+==\S+ ", line), line[:60]
        assert "--hash=sha256:" in line, line[:60]
    assert "://" not in text
