"""Inviting somebody, and making oneself an account."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.access import collections_for, scope_of
from governance.actions.invite import LONGEST_AUDIT, Guest
from governance.forms.passwords import NewPassword
from governance.models import Collection, Invitation, Role, User
from governance.permissions import Permission
from governance.usernames import check_username


class InvitationForm(forms.Form):
    """Whom, as what, and with which access."""

    first_name = forms.CharField(label=_("First name"), max_length=150)
    last_name = forms.CharField(label=_("Last name"), max_length=150)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Needed to sign in through an identity provider. Nothing is mailed."),
    )
    job = forms.CharField(label=_("Job"), max_length=80, required=False)
    kind = forms.ChoiceField(label=_("Kind of account"), choices=Invitation.Kind.choices)
    active_until = forms.DateField(
        label=_("Active until"),
        required=False,
        help_text=_("An auditor's account must have an end, in the next 366 days. The day counts (UTC)."),
        widget=forms.DateInput({"type": "date"}),
    )
    role = forms.ModelChoiceField(
        Role.objects.all(),
        label=_("Role"),
        required=False,
        empty_label=_("None yet"),
        help_text=_("Given on acceptance, in your name."),
    )
    collection = forms.ModelChoiceField(
        Collection.objects.none(), label=_("Collection"), required=False, empty_label=_("All collections")
    )

    def __init__(self, inviter: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["collection"]
        chosen.queryset = collections_for(inviter, Permission.ACCESS_MANAGE).order_by("name")
        if not scope_of(inviter, Permission.ACCESS_MANAGE).everywhere:
            chosen.empty_label = _("Choose one")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day = cleaned.get("active_until")
        if cleaned.get("kind") == User.Kind.AUDITOR and day is None and "active_until" not in self.errors:
            self.add_error("active_until", _("An auditor's account has an end."))
        if day is not None and not timezone.now() < _end_of(day) <= timezone.now() + LONGEST_AUDIT:
            self.add_error("active_until", _("The end lies in the next 366 days."))
        return cleaned

    def guest(self) -> Guest:
        """What was filled in, for the action."""
        told = self.cleaned_data
        return Guest(
            first_name=told["first_name"],
            last_name=told["last_name"],
            email=told["email"],
            job=told["job"],
            kind=told["kind"],
            active_until=_end_of(told["active_until"]) if told["active_until"] else None,
            roles=[told["role"]] if told["role"] else [],
            collection=told["collection"],
        )


class AcceptanceForm(NewPassword):
    """The name and the password that somebody will sign in with."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[check_username],
        help_text=_("Letters, digits and @ . + - _"),
        widget=forms.TextInput(
            {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    field_order = ("username", "password", "again")

    def __init__(self, invitation: Invitation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation

    def owner(self) -> User:
        return User(
            username=self.cleaned_data.get("username", ""),
            first_name=self.invitation.first_name,
            last_name=self.invitation.last_name,
            email=self.invitation.email,
        )

    def clean_username(self) -> str:
        name = str(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("This name is taken."))
        return name


def _end_of(day: Any) -> datetime:
    """The end of a day: it counts as a whole, in UTC."""
    return datetime.combine(day, time.min, tzinfo=UTC) + timedelta(days=1)
