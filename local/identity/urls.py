"""The addresses of the provider: allauth's, less those for which there is no use here."""

from __future__ import annotations

from allauth.account import views as account
from allauth.idp.oidc import views as oidc
from django.urls import include, path, re_path

from local.identity import views

oidc_urls = [
    path(".well-known/openid-configuration", views.configuration, name="configuration"),
    path(".well-known/jwks.json", oidc.jwks, name="jwks"),
    path("identity/o/authorize", oidc.authorization, name="authorization"),
    path("identity/o/logout", views.LogoutView.as_view(), name="logout"),
    path("identity/o/api/token", views.TokenView.as_view(), name="token"),
    path("identity/o/api/userinfo", oidc.user_info, name="userinfo"),
    path("identity/o/api/revoke", oidc.revoke, name="revoke"),
]
account_urls = [
    path("signup/", account.signup, name="account_signup"),
    path("login/", views.SignInView.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("confirm-email/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("health/live", views.live, name="live"),
    path("identity.css", views.stylesheet, name="stylesheet"),
    path("accounts/logout/everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("accounts/", include(account_urls)),
    path("", include(([path("", include((oidc_urls, "oidc")))], "idp"))),
]
