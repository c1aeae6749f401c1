"""What the pages' tests share: readers of radiology, a catalogue full of secrets, and a cache of their own."""

import copy
import uuid
from dataclasses import dataclass

import pytest
from django.test import Client

from catalog.models import Crawl, Instance, Quarantine, Series, Source, Study
from governance.actions.give_grant import give_grant
from governance.models import Collection, User
from governance.permissions import Job
from tests.factories import make_crawl, make_instance, make_quarantine, make_series, make_source, make_study


@dataclass(frozen=True)
class Shelf:
    """One of everything, in one Collection."""

    source: Source
    crawl: Crawl
    study: Study
    series: Series
    instance: Instance
    quarantined: Quarantine


@pytest.fixture(autouse=True)
def own_cache(settings):
    """Collections have the same ids in every test's database; what one cached must not show in another."""
    caches = copy.deepcopy(settings.CACHES)
    caches["default"]["KEY_PREFIX"] = uuid.uuid4().hex
    settings.CACHES = caches


@pytest.fixture
def auditor(db, radiology) -> User:
    user = User.objects.create(username="ingrid")
    give_grant(user, Job.AUDITOR, radiology)
    return user


@pytest.fixture
def researcher(db, radiology) -> User:
    user = User.objects.create(username="remy")
    give_grant(user, Job.RESEARCHER, radiology)
    return user


def shelf(collection: Collection) -> Shelf:
    source = make_source(collection)
    crawl = make_crawl(source, discovered=2, catalogued=1, quarantined=1)
    study = make_study(collection)
    series = make_series(study)
    instance = make_instance(series, source=source)
    return Shelf(source, crawl, study, series, instance, make_quarantine(source))


@pytest.fixture
def held(radiology) -> Shelf:
    return shelf(radiology)


@pytest.fixture
def elsewhere(research) -> Shelf:
    """In a Collection that only Alice may see."""
    return shelf(research)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
