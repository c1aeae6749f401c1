"""Asking for a token, and for an account that has nothing else."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.access import can_anywhere
from governance.actions.issue_token import LONGEST_DAYS
from governance.models import User
from governance.people import may_answer_at
from governance.permissions import Permission
from governance.usernames import check_username

USUAL_DAYS = 90


class TokenForm(forms.Form):
    """What a token is for, how long it lasts, and what it is held to."""

    name = forms.CharField(
        label=_("What it is for"), max_length=80, help_text=_("To tell it from your others.")
    )
    days = forms.IntegerField(
        label=_("Days it lasts"), min_value=1, max_value=LONGEST_DAYS, initial=USUAL_DAYS
    )
    scopes = forms.MultipleChoiceField(
        label=_("Hold it to"),
        required=False,
        choices=[],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None marked: whatever the account may do."),
    )

    def __init__(self, owner: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = [each for each in Permission if can_anywhere(owner, each)]
        chosen: Any = self.fields["scopes"]
        chosen.choices = [(each.value, each.says) for each in held]

    @property
    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])

    @property
    def permissions(self) -> list[Permission]:
        return [Permission(value) for value in self.cleaned_data["scopes"]]


class ServiceAccountForm(forms.Form):
    """An account for a program."""

    username = forms.CharField(
        label=_("Name"),
        max_length=150,
        validators=[check_username],
        help_text=_("Such as pacs-export. It is what the audit trail calls it."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    purpose = forms.CharField(label=_("What it does"), max_length=80)
    answerable = forms.ModelChoiceField(
        User.objects.none(), label=_("Who answers for it"), empty_label=_("Choose a person")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["answerable"]
        chosen.queryset = _who_may_answer()

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("This name is taken."))
        return name


class AnswerableForm(forms.Form):
    """Who is to answer for a program from now on, and why."""

    answerable = forms.ModelChoiceField(
        User.objects.none(), label=_("Who answers for it"), empty_label=_("Choose a person")
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea({"rows": 2}))

    def __init__(self, account: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["answerable"]
        chosen.queryset = _who_may_answer().exclude(pk=account.behind)


def _who_may_answer() -> QuerySet[User]:
    return may_answer_at(timezone.now()).order_by("last_name", "first_name", "username")
