"""Link somebody's identity at the identity provider to their account."""

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction

from governance.actions.record import Thing, record
from governance.audit.events import Event
from governance.models import User
from governance.usernames import username_for


class NotWelcome(Exception):
    """No account stands for who was identified; `why` is one word for the audit trail."""

    def __init__(self, why: str, user: User | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.user = user


@transaction.atomic
def link_identity(*, provider: str, subject: str, email: str, names: tuple[str, str]) -> User:
    """Return the one account of people with this verified `email`, now linked to `subject`. Raises NotWelcome.

    Where ISOCENTER_OIDC_CREATE says so, who has no account gets one that may do nothing until somebody gives access.
    """
    if not email:
        raise NotWelcome("email")
    found = list(User.objects.select_for_update().filter(email__iexact=email)[:2])
    if len(found) > 1:
        raise NotWelcome("ambiguous")
    if found:
        user = found[0]
        if user.kind == User.Kind.SERVICE or not user.is_active:
            raise NotWelcome("account", user)
    elif settings.OIDC_CREATE:
        user = _create(email, names)
    else:
        raise NotWelcome("unknown")
    SocialAccount.objects.create(user=user, provider=provider, uid=subject)
    record(Event.USER_CHANGED, actor=user, things=(Thing("user", user.pk),), detail={"linked": provider})
    return user


def _create(email: str, names: tuple[str, str]) -> User:
    name = username_for(email)
    if User.objects.filter(username=name).exists():
        raise NotWelcome("ambiguous")
    user = User(username=name, email=email, first_name=names[0][:150], last_name=names[1][:150])
    user.set_unusable_password()
    user.save()
    record(Event.USER_CREATED, actor=None, things=(Thing("user", user.pk),), detail={"kind": user.kind})
    return user
