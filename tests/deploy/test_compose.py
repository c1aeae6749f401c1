"""docker-compose.yml: held against the settings, and against what an intruder would like to find."""

import re
from typing import Any

import pytest

from launcher import postgres_settings
from tests.deploy.recipe import (
    ROOT,
    compose,
    final_stage,
    image_environment,
    interpolated,
    own_services,
    services,
    settings_variables,
)

SERVICES = sorted(services())
OWN = sorted(own_services())
SECRET = re.compile("SECRET|PASSWORD|TOKEN|AUDIT_KEY|DATABASE_URL|REDIS_URL")


def environment(name: str) -> dict[str, Any]:
    found: dict[str, Any] = services()[name].get("environment", {})
    return found


def memory(text: str) -> int:
    units = {"m": 2**20, "g": 2**30, "mb": 2**20, "gb": 2**30}
    found = re.fullmatch(r"(\d+)([a-z]+)", text.lower())
    assert found, text
    return int(found[1]) * units[found[2]]


def test_the_whole_stack_is_there():
    assert {"postgres", "valkey", "opensearch", "migrate", "web", "worker", "beat", "sealer"} == set(SERVICES)


@pytest.mark.parametrize("name", OWN)
def test_every_variable_that_settings_reads_is_passed_or_explained(name: str):
    passed = {key.removesuffix("_FILE") for key in environment(name)}
    explained = set(compose()["x-not-passed"]) | set(compose()["x-withheld"])
    assert settings_variables() - passed - explained == set()


@pytest.mark.parametrize("name", OWN)
def test_nothing_is_passed_that_settings_does_not_read(name: str):
    assert {key.removesuffix("_FILE") for key in environment(name)} - settings_variables() == set()


def test_what_is_not_passed_is_not_passed_and_has_a_reason():
    for name, reason in compose()["x-not-passed"].items():
        assert name in settings_variables()
        assert name not in environment("web")
        assert reason.endswith(".")
    assert "ISOCENTER_STATIC_ROOT" in image_environment()


def test_what_is_withheld_is_withheld_from_somebody_and_has_a_reason():
    for name, reason in compose()["x-withheld"].items():
        told = {service for service in OWN if {name, f"{name}_FILE"} & environment(service).keys()}
        assert told
        assert told < set(OWN)
        assert reason.endswith(".")


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_files(name: str):
    for key, value in environment(name).items():
        if SECRET.search(key) or "/run/secrets/" in str(value):
            assert key.endswith("_FILE"), key
            assert str(value).removeprefix("/run/secrets/") in services()[name]["secrets"]
        assert "://" not in str(value) or "@" not in str(value)


def test_every_secret_is_used_and_lies_where_git_and_the_builder_do_not_look():
    declared = compose()["secrets"]
    assert {each for service in services().values() for each in service.get("secrets", [])} == set(declared)
    assert all(secret["file"].startswith("deploy/secrets/") for secret in declared.values())
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_runs_as_root_or_can_become_it(name: str):
    service = services()[name]
    assert service["user"].split(":")[0] not in {"0", "root", ""}
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert not service.get("cap_add")


@pytest.mark.parametrize("name", OWN)
def test_our_services_run_as_the_account_of_the_image(name: str):
    assert services()[name]["user"] == final_stage("USER")[-1].text


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"opensearch"}))
def test_the_containers_own_files_cannot_be_changed(name: str):
    service = services()[name]
    assert service["read_only"] is True
    assert name == "valkey" or any(mount.startswith("/tmp:") for mount in service["tmpfs"])  # noqa: S108


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_asked_whether_it_is_well(name: str):
    check = services()[name].get("healthcheck", {})
    if services()[name]["restart"] == "no":
        assert check == {"disable": True}
    elif name == "web":
        assert final_stage("HEALTHCHECK")
        assert not check
    else:
        assert check["test"][0] in {"CMD", "CMD-SHELL"}
        assert {"interval", "timeout", "retries", "start_period"} <= check.keys()


@pytest.mark.parametrize("name", OWN)
def test_nothing_starts_before_what_it_needs(name: str):
    needed = services()[name]["depends_on"]
    assert needed["postgres"]["condition"] == needed["valkey"]["condition"] == "service_healthy"
    if name != "migrate":
        assert needed["migrate"]["condition"] == "service_completed_successfully"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_its_limits_and_its_patience(name: str):
    service = services()[name]
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    assert service["restart"] in {"unless-stopped", "no"}
    assert "stop_grace_period" in service or service["restart"] == "no"
    assert service["init"] is True


def test_only_the_web_is_reachable_and_only_from_this_machine_unless_told_otherwise():
    published = {name for name in SERVICES if "ports" in services()[name]}
    assert published == {"web"}
    assert services()["web"]["ports"] == ["${ISOCENTER_PUBLISH:-127.0.0.1:8000}:8000"]
    assert compose()["networks"]["inside"]["internal"] is True
    assert {name for name in SERVICES if "outside" in services()[name]["networks"]} == {"web"}


@pytest.mark.parametrize("name", ["web", "worker"])
def test_the_archive_is_mounted_where_sources_may_lie_and_cannot_be_written(name: str):
    mounts = [each for each in services()[name]["volumes"] if isinstance(each, dict)]
    assert [mount["target"] for mount in mounts] == [environment(name)["ISOCENTER_SOURCE_ROOTS"]]
    assert all(mount["read_only"] for mount in mounts)


@pytest.mark.parametrize("name", OWN)
def test_our_containers_keep_nothing_so_that_any_number_of_them_may_run(name: str):
    kept = [
        mount
        for mount in services()[name].get("volumes", [])
        if not (mount["read_only"] if isinstance(mount, dict) else mount.endswith(":ro"))
    ]
    # There is one sealer, and its file of signed heads must lie outside of the database.
    assert kept == (["anchors:/anchors"] if name == "sealer" else [])


def test_whoever_verifies_or_shows_the_heads_can_read_the_file_that_the_sealer_writes():
    for name in ("web", "worker"):
        assert (
            environment(name)["ISOCENTER_AUDIT_ANCHORS"] == environment("sealer")["ISOCENTER_AUDIT_ANCHORS"]
        )
        assert "anchors:/anchors:ro" in services()[name]["volumes"]


def having(secret: str) -> set[str]:
    return {name for name in SERVICES if secret in services()[name].get("secrets", [])}


def test_only_the_sealer_has_the_key_that_signs():
    assert having("audit_key") == {"sealer"}
    assert having("audit_public_key") == set(OWN)


def test_secrets_of_the_database_are_opened_only_where_they_are_used():
    assert having("secrets_key") == {"web", "worker", "migrate"}


def test_each_service_is_the_lesser_database_role_that_it_can_be():
    assert having("app_database_url") == {"web", "worker", "beat"}
    assert having("sealer_database_url") == {"sealer"}
    assert having("database_url") == {"migrate"}
    assert having("app_password") == having("sealer_password") == {"migrate"}


def test_every_volume_is_declared():
    named = {
        each.split(":")[0]
        for name in SERVICES
        for each in services()[name].get("volumes", [])
        if isinstance(each, str)
    }
    assert named == set(compose()["volumes"])


def test_images_of_others_are_pinned_to_a_release():
    for name in set(SERVICES) - set(OWN):
        assert re.search(r":\d+\.\d+[.\w-]*$", services()[name]["image"]), name


def test_postgresql_writes_no_patient_into_its_log():
    words = set(services()["postgres"]["command"])
    quiet = postgres_settings._quiet_about_patients()
    assert {f"--{name}={value}" for name, value in quiet.items()} <= words


def test_the_broker_forgets_no_work_and_fits_its_limit():
    words = services()["valkey"]["command"]
    assert words[words.index("--maxmemory-policy") + 1] == "volatile-lru"
    limit = services()["valkey"]["deploy"]["resources"]["limits"]["memory"]
    assert memory(words[words.index("--maxmemory") + 1]) < memory(limit)


def test_the_health_check_may_ask_by_address():
    assert environment("web")["ISOCENTER_ALLOWED_HOSTS"].split(",")[0] == "127.0.0.1"


def test_the_example_names_every_variable_of_the_file_with_its_default():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    example = dict(
        line.split("=", 1)
        for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.startswith("#")
    )
    wanted = interpolated(text)
    assert wanted.keys() == example.keys()
    for name, default in wanted.items():
        if f"${{{name}:?" not in text:
            assert example[name] == (default or ""), name


def test_the_example_holds_no_secret():
    assert not SECRET.search(
        "".join(re.findall(r"^\w+", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    )
