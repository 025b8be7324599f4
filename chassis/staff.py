"""Staff enter the admin by OpenID Connect: the authorisation code flow with PKCE, state and nonce.

OpenID Connect Core 1.0 §3.1, by Authlib. Who somebody is, is issuer and subject, never an e-mail
address; what they may do is what their groups say at this sign-in. Authlib and what it imports are
loaded at the first sign-in, so that they cost no other request its start.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import Group, Permission, User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chassis.auth import ADMINS, EDITORS, STAFF_GROUPS, SUBJECT_PATTERN, WRITERS
from chassis.models import StaffIdentity

log = logging.getLogger(__name__)

# The apps whose rows editors keep; an app that this process does not run adds nothing.
EDITORIAL_APPS = ("blog", "updates")
# Beside them: to see what becomes of what they publish, and to have it tried again.
EDITORIAL_PERMISSIONS = ("view_publishjob", "change_publishjob")
# Who writes for the blog has drafts of their own, and photos; that it is their own, the blog sees to.
WRITERS_PERMISSIONS = ("view_post", "add_post", "change_post", "delete_post", "view_photo", "change_photo")
ADMITTED = STAFF_GROUPS | {WRITERS}
# The issuer of a staff member who has a password here and no identity elsewhere.
LOCAL_ISSUER = "local"
TIMEOUT_SECONDS = 10

_NEXT = "staff_next"
_ID_TOKEN = "staff_id_token"  # noqa: S105 - the name of a session entry


class SignInFailed(Exception):
    """The sign-in could not be completed: a forged or repeated answer, or the provider's error."""


class NotStaff(Exception):
    """The person is known to the provider, but is in no group that may enter."""


@dataclass(frozen=True)
class StaffClaims:
    """What a verified id token says about somebody."""

    issuer: str
    subject: str
    groups: frozenset[str]
    email: str = ""
    name: str = ""


# --- Pages -----------------------------------------------------------------------------------


@require_GET
@never_cache
def start_sign_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider, remembering state, nonce, verifier and where to go after."""
    if not settings.OIDC_STAFF_CLIENT_SECRET:
        raise Http404("Staff sign-in is switched off: OIDC_STAFF_CLIENT_SECRET is empty.")
    request.session[_NEXT] = _safe_next(request, request.GET.get("next", ""))
    response: HttpResponse = _provider().authorize_redirect(request, _callback_url())
    return response


@require_GET
@never_cache
def finish_sign_in(request: HttpRequest) -> HttpResponse:
    """Take the provider's answer; let a staff member in, and say clearly why somebody is not."""
    if not settings.OIDC_STAFF_CLIENT_SECRET:
        raise Http404("Staff sign-in is switched off: OIDC_STAFF_CLIENT_SECRET is empty.")
    try:
        claims, id_token = _fetch_claims(request)
        user = admit(claims)
    except SignInFailed as error:
        log.warning("staff_sign_in_failed", extra={"reason": str(error)})
        return _refuse(request, 400, _("The sign-in was not completed. Please start again."))
    except NotStaff:
        log.warning("staff_sign_in_refused", extra={"subject": claims.subject})
        message = _("You are signed in, but you are not in a group that may enter here.")
        return _refuse(request, 403, message, id_token=id_token)
    target = request.session.pop(_NEXT, reverse("admin:index"))
    # Django gives the session another key here, so that one fixed beforehand is worth nothing.
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[_ID_TOKEN] = id_token
    return redirect(_safe_next(request, target))


urlpatterns = [
    path("admin/oidc/login", start_sign_in, name="staff-login"),
    path("admin/oidc/callback", finish_sign_in, name="staff-callback"),
]


def end_session_url(id_token: str) -> str:
    """Where a browser is sent to sign out of the provider as well; empty where none is configured.

    Names both OpenID Connect's parameters (RP-Initiated Logout 1.0 §2) and Cognito's `logout_uri`.
    """
    if not settings.OIDC_END_SESSION_URL:
        return ""
    back = f"{settings.WEB_URL}{reverse('admin:login')}"
    parameters = {
        "client_id": settings.OIDC_STAFF_CLIENT_ID,
        "id_token_hint": id_token,
        "post_logout_redirect_uri": back,
        "logout_uri": back,
    }
    return f"{settings.OIDC_END_SESSION_URL}?{urlencode(parameters)}"


def id_token_of_session(request: HttpRequest) -> str:
    """The id token of whoever entered by OIDC in this session; empty for a password."""
    return str(request.session.get(_ID_TOKEN, ""))


# --- People ----------------------------------------------------------------------------------


def admit(claims: StaffClaims) -> User:
    """The staff user of verified claims, made at the first sign-in, with the rights of their groups.

    Raises:
        NotStaff: in no staff group, or switched off here. Rights from before are taken away.
    """
    try:
        return _admit(claims)
    except IntegrityError:
        # Two first sign-ins at once: the other one has made the user.
        return _admit(claims)


def principal_subject(user: User) -> str:
    """The subject by which the API knows a staff member, made at random for one with a password only."""
    identity, _made = StaffIdentity.objects.get_or_create(
        user=user, defaults={"issuer": LOCAL_ISSUER, "subject": str(uuid4())}
    )
    return identity.subject


def address_of_subject(subject: str) -> str:
    """The e-mail address that the provider told of a staff member at their last sign-in; may be empty."""
    known = StaffIdentity.objects.filter(subject=subject, user__is_active=True)
    return known.values_list("user__email", flat=True).first() or ""


def _admit(claims: StaffClaims) -> User:
    with transaction.atomic():
        identity = (
            StaffIdentity.objects.select_related("user")
            .filter(issuer=claims.issuer, subject=claims.subject)
            .first()
        )
        is_staff = bool(claims.groups & ADMITTED)
        user = identity.user if identity else None
        if user is None and is_staff:
            user = _new_user(claims)
        if user is not None:
            _give_rights(user, claims)
    if user is None or not is_staff or not user.is_active:
        raise NotStaff
    return user


def _new_user(claims: StaffClaims) -> User:
    users = get_user_model().objects
    name = claims.subject
    if users.filter(username=name).exists():
        # Somebody with a password chose this name. They stay two people.
        name = f"{name[:100]}-{secrets.token_hex(4)}"
    user: User = users.create_user(username=name)
    StaffIdentity.objects.create(user=user, issuer=claims.issuer, subject=claims.subject)
    return user


def _give_rights(user: User, claims: StaffClaims) -> None:
    """Exactly what the groups say now: nothing is kept from an earlier sign-in."""
    user.is_superuser = ADMINS in claims.groups
    user.is_staff = bool(claims.groups & ADMITTED)
    user.email = claims.email[:254]
    user.first_name = claims.name[:150]
    user.save(update_fields=["is_superuser", "is_staff", "email", "first_name"])
    makers = {EDITORS: _editors, WRITERS: _writers}
    user.groups.set([make() for name, make in makers.items() if name in claims.groups])


def _editors() -> Group:
    group, _made = Group.objects.get_or_create(name=EDITORS)
    of_apps = Q(content_type__app_label__in=EDITORIAL_APPS)
    of_chassis = Q(content_type__app_label="chassis", codename__in=EDITORIAL_PERMISSIONS)
    group.permissions.set(Permission.objects.filter(of_apps | of_chassis))
    return group


def _writers() -> Group:
    group, _made = Group.objects.get_or_create(name=WRITERS)
    group.permissions.set(
        Permission.objects.filter(content_type__app_label="blog", codename__in=WRITERS_PERMISSIONS)
    )
    return group


# --- The provider ----------------------------------------------------------------------------


def _provider() -> Any:
    """Authlib's client of the issuer. From settings, not from discovery: one request less, one trust less."""
    from authlib.integrations.django_client import OAuth

    return OAuth().register(
        "staff",
        client_id=settings.OIDC_STAFF_CLIENT_ID,
        client_secret=settings.OIDC_STAFF_CLIENT_SECRET,
        authorize_url=settings.OIDC_AUTHORIZATION_URL,
        access_token_url=settings.OIDC_TOKEN_URL,
        jwks_uri=settings.OIDC_JWKS_URL,
        issuer=settings.OIDC_ISSUER,
        id_token_signing_alg_values_supported=["RS256"],
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_SECONDS,
        },
    )


def _fetch_claims(request: HttpRequest) -> tuple[StaffClaims, str]:
    """Exchange the code and verify the id token.

    Raises:
        SignInFailed: whatever is wrong with state, code, signature, issuer, audience, time or nonce.
    """
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    expected = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_STAFF_CLIENT_ID},
    }
    try:
        token = _provider().authorize_access_token(
            request, claims_options=expected, leeway=settings.OIDC_CLOCK_SKEW_SECONDS
        )
    except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError) as error:
        raise SignInFailed(f"{type(error).__name__}: {error}") from error
    claims = token.get("userinfo")
    if not claims:
        raise SignInFailed("The provider sent no id token.")
    return _staff_claims(claims), str(token["id_token"])


def _staff_claims(claims: dict[str, Any]) -> StaffClaims:
    if claims.get("token_use", "id") != "id":
        raise SignInFailed("The token that came as an id token is another one.")
    subject = claims["sub"]
    if not isinstance(subject, str) or not SUBJECT_PATTERN.fullmatch(subject):
        raise SignInFailed("The subject is not a name that is accepted here.")
    groups = claims.get(settings.OIDC_GROUPS_CLAIM, ())
    names = groups if isinstance(groups, list) else ()
    return StaffClaims(
        issuer=str(claims["iss"]),
        subject=subject,
        groups=frozenset(name for name in names if isinstance(name, str)),
        email=str(claims.get("email") or ""),
        name=str(claims.get("name") or ""),
    )


def _callback_url() -> str:
    """From the settings: a Host header must not choose where the code goes."""
    return f"{settings.WEB_URL}{reverse('staff-callback')}"


def _safe_next(request: HttpRequest, target: str) -> str:
    """An address of this site, or the admin's first page."""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else reverse("admin:index")


def _refuse(request: HttpRequest, status: int, message: str, *, id_token: str = "") -> HttpResponse:
    from django.contrib.admin import site

    context = {
        **site.each_context(request),
        "title": _("You cannot enter here"),
        "message": message,
        "switch_url": end_session_url(id_token) if id_token else "",
        "sign_in_url": reverse("admin:login"),
    }
    return render(request, "admin/staff_refused.html", context, status=status)
