"""Addresses of signing in, of one's own account, and of people. Names with an underscore are those that django-allauth asks for."""

from django.urls import path

from governance.views import account, invitations, people, provider, second_factor, session, tokens

urlpatterns = [
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-in", session.sign_in, name="account_login"),
    path("sign-in/second-factor", second_factor.Step.as_view(), name="mfa_authenticate"),
    path("sign-in/with/<slug:provider_id>", provider.begin, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back", provider.come_back, name="openid_connect_callback"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("invitation/<str:secret>", invitations.accept, name="invitation"),
    path("account", account.account, name="account"),
    path("account/password", account.password, name="password"),
    path("account/sessions/end", account.end_others, name="end-other-sessions"),
    path("account/tokens", tokens.own_tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke", tokens.revoke_own, name="token-revoke"),
    path("account/confirm", second_factor.PasswordAgain.as_view(), name="account_reauthenticate"),
    path("account/confirm/code", second_factor.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path("account/confirm/key", second_factor.KeyAgain.as_view(), name="mfa_reauthenticate_webauthn"),
    path("account/second-factors", second_factor.overview, name="mfa_index"),
    path("account/second-factors/app", second_factor.AddApp.as_view(), name="mfa_activate_totp"),
    path("account/second-factors/app/remove", second_factor.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("account/second-factors/key", second_factor.AddKey.as_view(), name="mfa_add_webauthn"),
    path(
        "account/second-factors/key/<int:pk>/remove",
        second_factor.RemoveKey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("account/recovery-codes", second_factor.Codes.as_view(), name="mfa_view_recovery_codes"),
    path("account/recovery-codes/new", second_factor.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("people", people.people, name="people"),
    path("people/invitations", invitations.invitations, name="invitations"),
    path("people/invitations/<int:invitation_id>/withdraw", invitations.withdraw, name="invitation-withdraw"),
    path("people/services/new", people.add_service, name="service-add"),
    path("people/<username:username>", people.person, name="person"),
    path("people/<username:username>/deactivate", people.deactivate, name="person-deactivate"),
    path("people/<username:username>/activate", people.activate, name="person-activate"),
    path("people/<username:username>/sessions/end", people.end_all, name="person-end-sessions"),
    path("people/<username:username>/second-factor/reset", people.reset_factor, name="person-reset-factor"),
    path("people/<username:username>/answerable", people.hand_over, name="service-hand-over"),
    path("people/<username:username>/tokens", tokens.service_tokens, name="service-tokens"),
    path("people/<username:username>/tokens/new", tokens.make_service_token, name="service-token-make"),
    path(
        "people/<username:username>/tokens/<int:token_id>/revoke",
        tokens.revoke_service,
        name="service-token-revoke",
    ),
]
