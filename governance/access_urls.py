"""The pages about access."""

from django.urls import path

from governance.views.access import (
    collections,
    explaining,
    glass,
    grants,
    groups,
    overview,
    reports,
    requests,
    reviews,
    roles,
)

app_name = "access"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("/request", requests.ask, name="request"),
    path("/requests/<int:request_id>", requests.request_detail, name="request-detail"),
    path("/requests/<int:request_id>/approve", requests.approve, name="request-approve"),
    path("/requests/<int:request_id>/deny", requests.deny, name="request-deny"),
    path("/requests/<int:request_id>/withdraw", requests.withdraw, name="request-withdraw"),
    path("/grants", grants.grants, name="grants"),
    path("/grants.csv", grants.grants_csv, name="grants-csv"),
    path("/grants/give", grants.give, name="grant-give"),
    path("/grants/<int:grant_id>", grants.grant, name="grant"),
    path("/grants/<int:grant_id>/revoke", grants.revoke, name="grant-revoke"),
    path("/grants/<int:grant_id>/end", grants.change_end, name="grant-end"),
    path("/roles", roles.roles, name="roles"),
    path("/roles/new", roles.new_role, name="role-new"),
    path("/roles/<int:role_id>", roles.role, name="role"),
    path("/groups", groups.groups, name="groups"),
    path("/groups/<int:group_id>", groups.group, name="group"),
    path("/groups/<int:group_id>/rename", groups.rename, name="group-rename"),
    path("/groups/<int:group_id>/add", groups.add_member, name="group-add"),
    path("/groups/<int:group_id>/remove", groups.remove_member, name="group-remove"),
    path("/reviews", reviews.reviews, name="reviews"),
    path("/reviews/<int:review_id>", reviews.review, name="review"),
    path("/reviews/<int:review_id>/rows/<int:row_id>", reviews.decide, name="review-decide"),
    path("/reviews/<int:review_id>/keep", reviews.keep, name="review-keep"),
    path("/reviews/<int:review_id>/close", reviews.close, name="review-close"),
    path("/unused", reports.unused, name="unused"),
    path("/conflicts", reports.list_conflicts, name="conflicts"),
    path("/collections", collections.collections, name="collections"),
    path("/collections/new", collections.new_collection, name="collection-new"),
    path("/collections/<int:collection_id>", collections.collection, name="collection"),
    path("/explain", explaining.explain_page, name="explain"),
    path("/seen-by/<username:username>", explaining.seen_by, name="seen-by"),
    path("/break-glass", glass.glass, name="glass"),
    path("/break-glass/mend", glass.mend, name="glass-mend"),
    path("/break-glass/<int:glass_id>", glass.glass_detail, name="glass-detail"),
]
