"""Choosing a password."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from governance.models import User


class NewPassword(forms.Form):
    """A password, twice, that is none of those that others guess."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least 12 characters; several words are easier to keep than signs. Paste is welcome."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same again"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def owner(self) -> User:
        """For whom it is: a password that resembles their name is refused."""
        raise NotImplementedError

    def clean_again(self) -> str:
        first, again = self.cleaned_data.get("password"), str(self.cleaned_data["again"])
        if first is not None and first != again:
            raise ValidationError(_("The two are not the same."))
        return again

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                password_validation.validate_password(cleaned["password"], self.owner())
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class OwnPassword(NewPassword):
    """A new password for whoever knows the present one; wrong tries count towards the lock-out."""

    current = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )
    field_order = ("current", "password", "again")

    def __init__(self, request: HttpRequest, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, user

    def owner(self) -> User:
        return self.user

    def clean_current(self) -> str:
        typed = str(self.cleaned_data["current"])
        found = authenticate(self.request, username=self.user.get_username(), password=typed)
        if found != self.user:
            raise ValidationError(_("This is not your present password."))
        return typed
