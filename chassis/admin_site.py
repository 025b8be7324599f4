"""The admin of every service: its name, its sign-in page with OIDC beside the password, its sign-out."""

from __future__ import annotations

from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from chassis.storage import browser_origins


class StaffAdminSite(AdminSite):
    """Django's admin, entered by OIDC; a password is for the first superuser."""

    site_title = _("Quartet")
    site_header = _("Quartet")
    index_title = _("What would you like to look after?")
    login_template = "admin/staff_login.html"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in page; the button is there where the OIDC client is configured."""
        provider = urlsplit(settings.OIDC_ISSUER).netloc if settings.OIDC_STAFF_CLIENT_SECRET else ""
        return super().login(request, {"oidc_provider": provider, **(extra_context or {})})

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out here, and then at the provider by which one came in."""
        from chassis.staff import end_session_url, id_token_of_session

        id_token = id_token_of_session(request)
        response = super().logout(request, extra_context)
        if id_token and (address := end_session_url(id_token)):
            return HttpResponseRedirect(address)
        return response

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Let scripts send files to the store, and the sign-out form end at the provider: browsers hold
        redirects against `form-action` too.
        """
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def with_origins(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response: HttpResponse = inner(request, *args, **kwargs)
            # Frames show what is still being written: documents of this site that say so themselves.
            further = {"connect-src": browser_origins(settings.S3_UPLOADS_BUCKET), "frame-src": ["'self'"]}
            if settings.OIDC_END_SESSION_URL:
                parts = urlsplit(settings.OIDC_END_SESSION_URL)
                further["form-action"] = [f"{parts.scheme}://{parts.netloc}"]
            # What django-csp's own `csp_update` decorator sets.
            response._csp_update = further  # type: ignore[attr-defined]
            return response

        return with_origins


class StaffAdminConfig(AdminConfig):
    """Puts `StaffAdminSite` in the place of Django's."""

    default_site = "chassis.admin_site.StaffAdminSite"
