"""The forms of the access pages: whom, which role, where, why, and until when."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.actions.break_glass import LONGEST_MINUTES
from governance.actions.create_collection import refuse_name
from governance.actions.refusals import Refused
from governance.models import Collection, LegalBasis, PrivacyClaim, Role, User
from governance.necessity import roles_by_size
from governance.oversight import LONGEST_DAYS
from governance.permissions import Permission

EVERYWHERE = _("All collections")


class RolesBySize(forms.ModelChoiceField):
    """A role, with how much it allows."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({len(obj.allows)})"


class PersonField(forms.CharField):
    """An account by its user name, among those that may be named here; a NamingForm looks it up."""

    def __init__(self, people: QuerySet[User], **options: Any) -> None:
        super().__init__(max_length=150, **options)
        self.people = people
        self.widget.attrs.update({"autocomplete": "off", "spellcheck": "false", "list": "people"})

    def look_up(self, name: str) -> User | None:
        """Return the account of this name, None for no name. Raises ValidationError."""
        if not name:
            return None
        person = self.people.filter(username=name).first()
        if person is None:
            raise ValidationError(_("There is no such account here. Type the user name."))
        return person


class NamingForm(forms.Form):
    """A form that names people, who are looked up when nothing else is wrong.

    Otherwise a form that does nothing, and leaves nothing in the trail, would tell who has an account.
    """

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        for name, field in self.fields.items():
            if isinstance(field, PersonField):
                try:
                    given[name] = field.look_up(given[name])
                except ValidationError as unknown:
                    self.add_error(name, unknown)
        return given


class DayField(forms.DateField):
    """The last day of something: its value is the moment at which that day has ended, in UTC."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        day: date | None = super().clean(value)
        return None if day is None else datetime.combine(day + timedelta(days=1), time.min, UTC)


def _reason(label: Any, help_text: Any = "", *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=500,
        required=required,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RequestForm(forms.Form):
    """What somebody asks for, and why."""

    collection = forms.ModelChoiceField(Collection.objects.none(), label=_("Collection"), empty_label=None)
    role = RolesBySize(
        Role.objects.none(),
        label=_("Role"),
        empty_label=None,
        help_text=_("The fewer permissions, the sooner somebody can say yes; the number says how many."),
    )
    purpose = _reason(
        _("Purpose"), _("What you need it for. Whoever decides reads it: no names of patients.")
    )
    legal_basis = forms.ChoiceField(label=_("Legal basis"), choices=LegalBasis.choices)
    reference = forms.CharField(
        label=_("Reference"),
        max_length=120,
        required=False,
        help_text=_("The number of the protocol, agreement or ticket, if there is one."),
    )
    days = forms.IntegerField(
        label=_("Days"),
        min_value=1,
        max_value=LONGEST_DAYS,
        initial=90,
        help_text=_("It ends by itself after that, counted from the approval."),
    )

    def __init__(self, askable: QuerySet[Collection], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "collection", askable)
        _offer(self, "role", roles_by_size())


class ApprovalForm(forms.Form):
    """Less than was asked for: a lesser role, fewer days."""

    role = RolesBySize(Role.objects.none(), label=_("Role"), empty_label=None)
    days = forms.IntegerField(label=_("Days"), min_value=1)

    def __init__(self, roles: QuerySet[Role], longest: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "role", roles)
        self.fields["days"].widget.attrs["max"] = longest


class ReasonForm(forms.Form):
    """Why."""

    reason = _reason(_("Reason"))


class GiveForm(NamingForm):
    """A role for somebody, somewhere, for a reason and for a time."""

    person = PersonField(User.objects.none(), label=_("Person"), required=False)
    group = forms.ModelChoiceField(
        Group.objects.none(), label=_("or group"), required=False, empty_label=_("No group")
    )
    role = RolesBySize(Role.objects.none(), label=_("Role"), empty_label=None)
    collection = forms.ModelChoiceField(Collection.objects.none(), label=_("Collection"), required=False)
    reason = _reason(_("Reason"))
    until = DayField(
        label=_("Until"), required=False, help_text=_("The last day, in UTC. Without one it has no end.")
    )

    def __init__(
        self,
        places: QuerySet[Collection],
        groups: QuerySet[Group],
        may_everywhere: bool,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, PersonField)  # noqa: S101 - for the type checker
        person.people = User.objects.filter(is_active=True)
        if not may_everywhere:
            person.help_text = _(
                "Offered are those who hold something here. Others by their exact user name."
            )
        _offer(self, "role", roles_by_size())
        _offer(self, "group", groups)
        field = _offer(self, "collection", places)
        field.required = not may_everywhere
        field.empty_label = str(EVERYWHERE) if may_everywhere else None

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if bool(given.get("person")) == bool(given.get("group")):
            self.add_error(None, _("Name a person or a group, one of both."))
        if given.get("until") and given["until"] <= timezone.now():
            self.add_error("until", _("The end is over before the grant would begin."))
        return super().clean()


class EndForm(forms.Form):
    """Another end."""

    until = DayField(label=_("Until"), required=False, help_text=_("The last day, in UTC; empty for no end."))
    reason = _reason(_("Reason"))


class RoleForm(forms.Form):
    """What a role is called, and what it allows."""

    name = forms.CharField(label=_("Name"), max_length=80)
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=[(permission.value, permission.says) for permission in Permission],
        widget=forms.CheckboxSelectMultiple,
    )
    needs_second_factor = forms.BooleanField(label=_("Needs a second factor"), required=False)

    def clean_permissions(self) -> list[Permission]:
        return [Permission(value) for value in self.cleaned_data["permissions"]]


class NameForm(forms.Form):
    """What a group is called."""

    name = forms.CharField(label=_("Name"), max_length=150)


class MemberForm(NamingForm):
    """Somebody to be taken into a group."""

    person = PersonField(User.objects.none(), label=_("Person"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, PersonField)  # noqa: S101 - for the type checker
        person.people = User.objects.filter(is_active=True)


class ReviewForm(forms.Form):
    """A campaign: what it looks at, and by when."""

    name = forms.CharField(label=_("Name"), max_length=120)
    collection = forms.ModelChoiceField(Collection.objects.none(), label=_("Collection"), required=False)
    due_on = forms.DateField(
        label=_("Due on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, places: QuerySet[Collection], may_everywhere: bool, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"due_on": timezone.localdate() + timedelta(days=30)})
        super().__init__(*args, **kwargs)
        field = _offer(self, "collection", places)
        field.required = not may_everywhere
        field.empty_label = str(EVERYWHERE) if may_everywhere else None


class CollectionForm(NamingForm):
    """What a Collection says of itself."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("Description"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = PersonField(
        User.objects.none(),
        label=_("Owner"),
        required=False,
        help_text=_("The user name of whoever answers for it."),
    )
    privacy_claim = forms.ChoiceField(
        label=_("Privacy claim"),
        choices=PrivacyClaim.choices,
        initial=PrivacyClaim.UNKNOWN,
        help_text=_("What is said of the data. It changes nothing about masking."),
    )
    is_listed = forms.BooleanField(
        label=_("Listed for requests"),
        required=False,
        help_text=_("Everybody who can sign in sees its name and description, and can ask for access."),
    )

    def __init__(self, collection: Collection | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.collection = collection
        owner = self.fields["owner"]
        assert isinstance(owner, PersonField)  # noqa: S101 - for the type checker
        owner.people = User.objects.filter(is_active=True)

    def clean_name(self) -> str:
        """Here and not by the action alone: with a name that is refused anyway, no owner is looked up."""
        name = str(self.cleaned_data["name"])
        try:
            refuse_name(name, but=self.collection)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from None
        return name


class ExplainForm(NamingForm):
    """A question: may this person do this there?"""

    person = PersonField(User.objects.none(), label=_("Person"))
    permission = forms.ChoiceField(
        label=_("May they"), choices=[(permission.value, permission.says) for permission in Permission]
    )
    collection = forms.ModelChoiceField(
        Collection.objects.none(), label=_("in"), required=False, empty_label=str(EVERYWHERE)
    )

    def __init__(
        self, people: QuerySet[User], places: QuerySet[Collection], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, PersonField)  # noqa: S101 - for the type checker
        person.people = people
        _offer(self, "collection", places)


class GlassForm(forms.Form):
    """Why the rules are set aside, and for how long."""

    reason = _reason(_("Reason"), _("What has happened, and why nobody with the permission can help."))
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=1,
        max_value=LONGEST_MINUTES,
        initial=15,
        help_text=_("At most an hour."),
    )


def _offer(form: forms.Form, name: str, rows: QuerySet[Any]) -> forms.ModelChoiceField:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
    field.queryset = rows
    return field
