"""Who speaks, and what they may do: bearer tokens, staff sessions, scopes.

API users are `Principal`s made from the token; no user table is read. A **service** is a client
in `OIDC_SERVICE_CLIENTS`; a **user** is any other allowed client with a `sub` of its own. A
user's token never opens an internal endpoint, nor a service's token a user's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from chassis.errors import InvalidInput
from chassis.tokens import InvalidToken, verify_access_token

if TYPE_CHECKING:
    # `rest_framework.views` imports this module by its name in the settings.
    from rest_framework.views import APIView

# It becomes a prefix in S3 and a value in a session policy, so nothing that either could read
# as more than a name. Small letters only: a store that matches policies without regard to case
# (SeaweedFS 4.48 does) would open the folder of `a` to `A`. Cognito's subjects are small UUIDs.
SUBJECT_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]{0,127}", re.ASCII)

# The groups of the provider whose members look after things: all of them, or what the public reads.
ADMINS = "admins"
EDITORS = "editors"
STAFF_GROUPS = frozenset({ADMINS, EDITORS})
# Who writes, and leaves it to editors to decide: let in by views that say so (`staff_groups`).
WRITERS = "writers"

# `staff` is a user who is in a staff group, and whose client holds the scope as well.
Audience = Literal["user", "staff", "service", "anyone"]
_FOR_WHOM = {
    "user": "This address is for users only.",
    "staff": "This address is for staff only.",
    "service": "This address is for services only.",
}


def validate_subject(subject: object) -> str:
    """The subject, unchanged.

    Raises:
        InvalidInput: it is not 1 to 128 letters, digits, `_` or `-`.
    """
    if isinstance(subject, str) and SUBJECT_PATTERN.fullmatch(subject):
        return subject
    raise InvalidInput("A subject is 1 to 128 small letters, digits, hyphens or underscores.")


@dataclass(frozen=True)
class Principal:
    """Whoever a verified token, or a staff session, speaks for."""

    subject: str
    client_id: str
    scopes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    is_service: bool = False
    # The bearer token itself, to ask the provider's userinfo on the user's behalf.
    token: str = ""

    # What Django and DRF ask of a user.
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True

    @property
    def is_staff(self) -> bool:
        """Whether this user is in a staff group."""
        return not self.is_service and bool(self.groups & STAFF_GROUPS)

    @property
    def pk(self) -> str:
        """What throttles and logs name this principal by."""
        return self.subject

    def __str__(self) -> str:
        return self.subject


def principal_in(request: Request) -> Principal:
    """Whoever makes this request; only for views that let in nobody without credentials."""
    principal = request.user
    if not isinstance(principal, Principal):
        raise TypeError("This request has no principal: the view must not be open to anyone.")
    return principal


def subject_of(request: Request) -> str:
    """The subject for whom this request speaks."""
    return principal_in(request).subject


class Anonymous:
    """Nobody: `request.user` of a request without credentials."""

    subject = ""
    client_id = ""
    scopes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    is_service = False
    is_authenticated = False
    is_anonymous = True
    is_active = False
    is_staff = False
    pk = None


def principal_of(claims: dict[str, Any], *, token: str = "") -> Principal:
    """The principal that verified claims speak for.

    Raises:
        InvalidToken: the client is not known here, or the claims fit neither a user nor a service.
    """
    client_id = claims.get("client_id")
    if not isinstance(client_id, str):
        raise InvalidToken("The token does not name its client (`client_id`).")
    if client_id in settings.OIDC_SERVICE_CLIENTS:
        return _service_principal(claims, client_id)
    if client_id in settings.OIDC_USER_CLIENTS:
        return _user_principal(claims, client_id, token)
    raise InvalidToken("The token belongs to a client that is not known here.")


def _service_principal(claims: dict[str, Any], client_id: str) -> Principal:
    if claims.get("sub", client_id) != client_id:
        raise InvalidToken("A service's token must not speak for a user.")
    allowed = settings.OIDC_SERVICE_CLIENTS[client_id]
    scopes = _scopes(claims) & allowed
    return Principal(subject=client_id, client_id=client_id, scopes=scopes, is_service=True)


def _user_principal(claims: dict[str, Any], client_id: str, token: str) -> Principal:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not SUBJECT_PATTERN.fullmatch(subject):
        raise InvalidToken("The token's `sub` is missing or is not a name that is accepted here.")
    if subject == client_id or subject in settings.OIDC_SERVICE_CLIENTS:
        raise InvalidToken("A client's own token does not speak for a user.")
    allowed = settings.OIDC_USER_CLIENTS[client_id]
    asked = {scope for scope in _scopes(claims) if scope.partition("/")[0] in settings.KNOWN_SERVICES}
    # A token from Cognito's SRP sign-in carries no resource-server scope at all; it gets what
    # the client may do. One that carries some was narrowed on purpose.
    return Principal(
        subject=subject,
        client_id=client_id,
        scopes=allowed & asked if asked else allowed,
        groups=_groups(claims),
        token=token,
    )


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        # Read as "none of ours" it would get all that the client may do.
        raise InvalidToken("The token's `scope` is not a text.")
    return frozenset(scope.split())


def _groups(claims: dict[str, Any]) -> frozenset[str]:
    groups = claims.get(settings.OIDC_GROUPS_CLAIM, ())
    if not isinstance(groups, list):
        return frozenset()
    return frozenset(group for group in groups if isinstance(group, str))


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple[Principal, str] | None:
        """The principal, or None where no bearer token is sent."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            principal = principal_of(verify_access_token(token.strip()), token=token.strip())
        except InvalidToken as error:
            raise AuthenticationFailed(str(error), code="invalid-token") from error
        return principal, token

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (RFC 9110 §11.6.1)."""
        return 'Bearer realm="quartet"'


class StaffSessionAuthentication(SessionAuthentication):
    """A staff member's session, for the browsable API; unsafe methods need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        """The staff member as a principal with the scopes of a user and of staff, or None."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        user = getattr(request._request, "user", None)
        if user is None or not user.is_active or not user.is_staff:
            return None
        self.enforce_csrf(request)
        from chassis.staff import principal_subject

        groups = set(user.groups.values_list("name", flat=True)) | ({ADMINS} if user.is_superuser else set())
        principal = Principal(
            subject=principal_subject(user),
            client_id="staff-session",
            scopes=frozenset(f"{settings.USER_SCOPES} {settings.STAFF_SCOPES}".split()),
            groups=frozenset(groups),
        )
        return principal, None


class HasScopes(BasePermission):
    """Lets in whom the view's `audience` names and who holds its `required_scopes`.

    A view without `required_scopes` that is not for anyone is closed to all: a forgotten
    declaration must not open a door.
    """

    code = "insufficient-scope"

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether this principal may use this method of this view."""
        audience: Audience = getattr(view, "audience", "user")
        method = request.method or "GET"
        if audience == "anyone" or not hasattr(view, method.lower()):
            return True  # A method that the view does not have is answered 405, whoever asks.
        principal = request.user
        if not isinstance(principal, Principal):
            return False
        groups = getattr(view, "staff_groups", STAFF_GROUPS)
        if principal.is_service != (audience == "service") or (
            audience == "staff" and not principal.groups & groups
        ):
            self.message = _FOR_WHOM[audience]
            return False
        needed = required_scopes_of(view, method)
        if needed is None:
            self.message = "This address is closed: it declares no scope."
            return False
        missing = needed - principal.scopes
        self.message = f"The token lacks the scope {' '.join(sorted(missing))}."
        return not missing


def required_scopes_of(view: object, method: str) -> frozenset[str] | None:
    """The scopes that `view` asks for `method`; None where it declares none."""
    declared = getattr(view, "required_scopes", None)
    if declared is None:
        return None
    if isinstance(declared, dict):
        if method == "OPTIONS":
            return frozenset()
        found = declared.get("GET" if method == "HEAD" else method)
        return None if found is None else frozenset(found)
    return frozenset(declared)
