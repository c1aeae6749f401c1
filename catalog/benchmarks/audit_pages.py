"""What access rules cost: a page of studies with and without them, and an explanation, on an invented estate."""

import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from itertools import product
from statistics import median, quantiles
from typing import Any

from catalog.benchmarks.audit_estate import PEOPLE_ASKED, Size, asked, fill
from catalog.models import Study
from catalog.views.studies import NEWEST
from governance.access import can, forget_scopes
from governance.actions.apply_grants import apply_grants
from governance.explain import explain
from governance.keyset import page_of
from governance.models import Collection, User
from governance.permissions import Permission

STUDIES_ON_A_PAGE = 100
# A page takes milliseconds: of a few of them the median is chance.
_PAGES_A_ROUND = 20
_EXPLAINED_PEOPLE, _EXPLAINED_COLLECTIONS = 25, 8
_PERMISSIONS = (Permission.CATALOG_READ, Permission.PHI_REVEAL, Permission.ACCESS_APPROVE)
# Where a deep page lies: six years back.
_DEEP = date(2020, 11, 1)


def prepare(told: Sequence[str]) -> Callable[[], dict[str, Any]]:
    """Fill the estate; `told` is the number of studies, Collections, people, grants, and of rounds."""
    studies, collections, people, grants, rounds = map(int, told)
    fill(Size(studies, collections, people, grants))
    return partial(_measure, rounds)


def _measure(rounds: int) -> dict[str, Any]:
    return {
        "pages": [_page(name, is_deep, rounds) for name, is_deep in product(PEOPLE_ASKED, (False, True))],
        **_explanations(),
        "apply_grants_all_ms": _milliseconds(apply_grants),
        "apply_grants_one_ms": _milliseconds(partial(apply_grants, asked(PEOPLE_ASKED[0]))),
    }


def _page(name: str, is_deep: bool, rounds: int) -> dict[str, Any]:
    """The same page with the rules and without, in turn; each time as a new request, which knows nothing yet."""
    user = asked(name)
    after = _deep_row(user) if is_deep else None

    def ruled() -> None:
        forget_scopes([user])
        _read(Study.objects.visible_to(user).held(), after)

    def unruled() -> None:
        _read(Study.objects.all().held(), after)

    ruled()
    unruled()
    pairs = rounds * _PAGES_A_ROUND
    taken = [(_milliseconds(ruled), _milliseconds(unruled)) for _pair in range(pairs)]
    with_rules, without = (median(column) for column in zip(*taken, strict=True))
    return {
        "who": name,
        "page": "deep" if is_deep else "first",
        "with_rules_ms": with_rules,
        "without_ms": without,
        "ratio": with_rules / without,
    }


def _deep_row(user: User) -> Study | None:
    earlier = Study.objects.visible_to(user).held().filter(study_date__lt=_DEEP)
    found: Study | None = earlier.order_by("-study_date", "-id").first()
    return found


def _read(rows: Any, after: Study | None) -> None:
    page_of(rows.select_related("patient", "collection"), NEWEST, STUDIES_ON_A_PAGE, after=after)


def _explanations() -> dict[str, float]:
    people = User.objects.order_by("id")[:_EXPLAINED_PEOPLE]
    collections = Collection.objects.order_by("id")[:_EXPLAINED_COLLECTIONS]
    cases = list(product(people, _PERMISSIONS, collections))
    explained = sorted(_fresh(explain, *case) for case in cases)
    answered = sorted(_fresh(can, *case) for case in cases)
    return {
        "explained": len(cases),
        "explain_median_ms": median(explained),
        "explain_p95_ms": quantiles(explained, n=20)[-1],
        "can_p95_ms": quantiles(answered, n=20)[-1],
    }


def _fresh(ask: Callable[..., Any], user: User, permission: Permission, collection: Collection) -> float:
    forget_scopes([user])
    return _milliseconds(partial(ask, user, permission, collection))


def _milliseconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)
