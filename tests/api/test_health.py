"""What probes and Prometheus are told."""

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder

from governance import health
from tests.api.conftest import Caller
from tests.factories import make_crawl, make_quarantine, make_source


def test_alive_is_answered_without_asking_any_service(client):
    # Without the db fixture pytest-django refuses every query.
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_names_its_components(client, db):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "components": {"database": "ok", "redis": "ok", "migrations": "ok"},
    }
    assert "no-store" in answer["Cache-Control"]


def test_a_missing_migration_is_not_ready(client, db):
    MigrationRecorder.Migration.objects.filter(app="catalog").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["components"] == {"database": "ok", "redis": "ok", "migrations": "failed"}


def test_an_unreachable_redis_is_not_ready(client, db, settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["components"]["redis"] == "failed"


def test_an_error_of_the_database_is_not_repeated(client, db, monkeypatch, caplog):
    def fail():
        raise OperationalError("password=hunter2")

    monkeypatch.setitem(health.CHECKS, "database", fail)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "hunter2" not in answer.content.decode() + caplog.text


def test_metrics_need_a_permission_over_everything(client, bobs, db):
    assert client.get("/metrics").status_code == 401
    assert bobs.get("/metrics").status_code == 403


def test_metrics_are_open_where_the_operator_says_so(client, db, settings):
    settings.METRICS_OPEN = True
    assert client.get("/metrics").status_code == 200


def test_metrics_count_crawls_quarantine_and_lag(alice, radiology, django_assert_max_num_queries):
    source = make_source(radiology)
    make_crawl(source, status="running", finished_at=None)
    make_quarantine(source, cause="not_dicom")
    caller = Caller(alice)
    with django_assert_max_num_queries(16):
        answer = caller.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.content.decode().splitlines()
    assert 'isocenter_crawls{status="running"} 1' in lines
    assert 'isocenter_crawls{status="failed"} 0' in lines
    assert 'isocenter_quarantined_files{cause="not_dicom"} 1' in lines
    assert any(line.startswith('isocenter_outbox_lag_seconds{outbox="index"} ') for line in lines)
    assert any(line.startswith('isocenter_rows_estimate{entity="instance"} ') for line in lines)


def test_every_line_of_the_metrics_is_well_formed(alice):
    for line in Caller(alice).get("/metrics").content.decode().splitlines():
        name, _, value = line.rpartition(" ")
        assert line.startswith("# ") or (name and float(value) >= 0)


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_probes_may_only_read(address, client, db):
    assert client.post(address).status_code == 405
