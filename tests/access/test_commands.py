"""Commands of ours act for the installation's owner, or for a person who must hold what the command declares."""

import os

import pytest
from django.core.management import CommandError, call_command

from governance.actions.give_grant import give_grant
from governance.models import ApiToken, AuditEvent, Collection, User
from governance.permissions import Job


def events(name: str) -> list[dict]:
    return [event.told for event in AuditEvent.objects.filter(event=name)]


def test_a_command_acts_for_the_owner_of_the_machine_unless_told_otherwise(alice, capsys):
    call_command("token", "alice")
    (issued,) = events("token.issued")
    assert issued["actor"]["kind"] == "system"
    assert issued["credential"] == f"account:{os.getuid()}"


def test_a_command_for_a_person_is_recorded_as_theirs_from_that_account(alice, capsys):
    User.objects.create(username="nightly", kind=User.Kind.SERVICE, answerable=alice)
    call_command("token", "nightly", "--as", "alice")
    (issued,) = events("token.issued")
    assert issued["actor"]["id"] == alice.pk
    assert issued["credential"] == f"account:{os.getuid()}"


def test_a_command_for_a_person_without_the_permission_does_nothing_but_say_so(bob, capsys):
    with pytest.raises(CommandError, match="user:manage on all collections"):
        call_command("token", "bob", "--as", "bob")
    assert not ApiToken.objects.exists()
    (refused,) = events("access.refused")
    assert refused["actor"]["id"] == bob.pk


@pytest.mark.parametrize("name", ["nobody", "charlie"])
def test_a_command_for_nobody_who_may_sign_in_is_refused(name, charlie):
    charlie.is_active = False
    charlie.save()
    with pytest.raises(CommandError, match="may not sign in"):
        call_command("token", "charlie", "--as", name)


def test_what_an_action_refuses_a_person_is_written_down_too(alice, bob, capsys):
    with pytest.raises(CommandError, match="their own tokens"):
        call_command("token", "bob", "--as", "alice")
    (refused,) = events("access.refused")
    assert refused["actor"]["id"] == alice.pk


def test_a_verb_of_a_command_can_need_more_than_the_command(radiology, charlie, tmp_path):
    give_grant(charlie, Job.AUDITOR)
    with pytest.raises(CommandError, match="installation:manage"):
        call_command("audit", "--as", "charlie", "seal")


def test_a_permission_on_the_collection_that_is_named_is_enough(bob, radiology, research, tmp_path):
    """Then the action that connects the folder asks for its own."""
    for collection, missing in ((research, "crawl:control here"), (radiology, "source:manage here")):
        with pytest.raises(CommandError, match=missing):
            call_command("crawl", str(tmp_path), "--collection", collection.name, "--as", "bob")


def test_a_folder_that_is_a_source_belongs_to_its_own_collection(bob, radiology, elsewhere):
    """Whatever Collection the command line names beside it."""
    folder = elsewhere.source.location
    with pytest.raises(CommandError, match="crawl:control here"):
        call_command("crawl", folder, "--collection", "Radiology", "--as", "bob")


def test_everything_is_crawled_for_those_alone_who_may_crawl_everything(bob, held):
    with pytest.raises(CommandError, match="on all collections"):
        call_command("crawl", "--all", "--as", "bob")


def test_no_collection_is_made_for_somebody_who_may_make_none(charlie, radiology, tmp_path):
    give_grant(charlie, Job.DATA_STEWARD)
    with pytest.raises(CommandError, match="collection:manage"):
        call_command("crawl", str(tmp_path), "--collection", "Brand new", "--as", "charlie")
    assert not Collection.objects.filter(name="Brand new").exists()
