"""The provider's own pages, and stricter versions of two of allauth's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from allauth.account.views import LoginView
from allauth.idp.oidc import views as allauth_views
from allauth.idp.oidc.forms import RPInitiatedLogoutForm
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from local.identity import settings
from local.identity.families import end_sign_ins
from local.identity.models import Person
from local.identity.people import DEMO_PEOPLE

STYLESHEET = Path(__file__).parent / "static" / "identity" / "identity.css"
_ENDPOINTS = {
    "authorization_endpoint": "idp:oidc:authorization",
    "token_endpoint": "idp:oidc:token",
    "userinfo_endpoint": "idp:oidc:userinfo",
    "revocation_endpoint": "idp:oidc:revoke",
    "end_session_endpoint": "idp:oidc:logout",
    "jwks_uri": "idp:oidc:jwks",
}
_CLAIMS = ["sub", "iss", "aud", "exp", "iat", "nonce", "email", "email_verified", "name", "cognito:groups"]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and what can be done about it."""
    return render(request, "identity/home.html", {"web_url": settings.WEB_URL})


@require_safe
def stylesheet(request: HttpRequest) -> FileResponse:
    """The one style sheet of all pages."""
    response = FileResponse(STYLESHEET.open("rb"), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Whether the process answers and its database and keys are ready."""
    from local.identity.signing_keys import list_signing_keys

    ready = bool(list_signing_keys(settings.SIGNING_KEYS_DIR)) and Person.objects.exists() is not None
    return JsonResponse({"status": "ok" if ready else "not prepared"}, status=200 if ready else 503)


@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    """OpenID Connect Discovery 1.0 §3: every address under the issuer, and only what is really done here."""
    addresses = {name: f"{settings.OIDC_ISSUER}{reverse(route)}" for name, route in _ENDPOINTS.items()}
    document = {
        "issuer": settings.OIDC_ISSUER,
        **addresses,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "subject_types_supported": ["public"],
        "scopes_supported": sorted({scope for client in settings.CLIENTS for scope in client.scopes}),
        "claims_supported": _CLAIMS,
    }
    response = JsonResponse(document)
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End every sign-in of this person, this one too. Access tokens live on until they expire."""
    if isinstance(request.user, Person):
        end_sign_ins(request.user)
    logout(request)
    return redirect("home")


class SignInView(LoginView):
    """Sign-in, with the demo people of the desk named below the form."""

    def get_form(self, form_class: Any = None) -> Any:
        """Without the link between label and field: the template has it below, after the last field."""
        form = super().get_form(form_class)
        form.fields["password"].help_text = ""
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Only those who can still sign in."""
        subjects = [person.subject for person in DEMO_PEOPLE]
        present = set(
            Person.objects.filter(subject__in=subjects, is_active=True).values_list("subject", flat=True)
        )
        people = [person for person in DEMO_PEOPLE if person.subject in present]
        return super().get_context_data(demo_people=people, **kwargs)


@method_decorator(csrf_exempt, name="dispatch")
class TokenView(allauth_views.TokenView):
    """The token endpoint."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """A bad `resource` is the client's error (RFC 8707 §2); allauth lets it become a 500."""
        try:
            response = super().post(request)
        except ValidationError as error:
            described = {"error": "invalid_target", "error_description": " ".join(error.messages)}
            response = JsonResponse(described, status=400)
        # RFC 6749 §5.1: tokens must not be kept by caches.
        response["Cache-Control"] = "no-store"
        return response


class LogoutForm(RPInitiatedLogoutForm):
    """Sign-out asked for by a client."""

    def clean(self) -> dict[str, Any] | None:
        """The way back must be registered letter for letter; allauth lets any loopback port pass."""
        cleaned = super().clean()
        if cleaned and (address := cleaned.get("post_logout_redirect_uri")):
            client = cleaned.get("client")
            if client is None or address not in client.get_post_logout_redirect_uris():
                self.add_error(
                    "post_logout_redirect_uri",
                    ValidationError("This way back is not registered for the client."),
                )
        return cleaned


@method_decorator(csrf_exempt, name="dispatch")
class LogoutView(allauth_views.LogoutView):
    """RP-initiated logout."""

    form_class = LogoutForm


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that came from elsewhere, or cookies that are switched off."""
    return render(request, "403_csrf.html", {"reason": reason}, status=403)
