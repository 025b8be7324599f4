"""What a production process refuses to start with."""

from __future__ import annotations

from types import ModuleType
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def refuse_insecure_settings(settings: ModuleType) -> None:
    """Stop the start when a value is fit for a desk only.

    Raises:
        ImproperlyConfigured: with every finding, each naming its variable and what is expected.
    """
    findings = [
        *_secret_findings(settings),
        *_origin_findings(settings),
    ]
    if settings.DEBUG:
        findings.append("DEBUG is true; expected false.")
    if not settings.ALLOWED_HOSTS or any("*" in host for host in settings.ALLOWED_HOSTS):
        findings.append("ALLOWED_HOSTS is empty or has a `*`; expected the exact host names.")
    if settings.DATABASES["default"]["ENGINE"] == "chassis.sqlite":
        findings.append("DATABASE_URL is SQLite; expected postgres://…, since a function's disk is not kept.")
    if findings:
        raise ImproperlyConfigured("Refusing to start in production:\n- " + "\n- ".join(findings))


def _secret_findings(settings: ModuleType) -> list[str]:
    key = settings.SECRET_KEY
    if key == settings.INSECURE_SECRET_KEY or len(key) < 50 or len(set(key)) < 5:
        return ["SECRET_KEY is the default, or too weak; expected 50 random characters or more."]
    return []


def _origin_findings(settings: ModuleType) -> list[str]:
    addresses = {
        "WEB_URL": settings.WEB_URL,
        "PUBLIC_URL": settings.PUBLIC_URL,
        "OIDC_ISSUER": settings.OIDC_ISSUER,
        "OIDC_JWKS_URL": settings.OIDC_JWKS_URL,
        "OIDC_TOKEN_URL": settings.OIDC_TOKEN_URL,
        "OIDC_AUTHORIZATION_URL": settings.OIDC_AUTHORIZATION_URL,
        "OIDC_USERINFO_URL": settings.OIDC_USERINFO_URL,
        "OIDC_END_SESSION_URL": settings.OIDC_END_SESSION_URL,
        "S3_ENDPOINT_URL": settings.S3_ENDPOINT_URL,
        "STS_ENDPOINT_URL": settings.STS_ENDPOINT_URL,
        "CLOUDFRONT_ENDPOINT_URL": settings.CLOUDFRONT_ENDPOINT_URL,
        "SES_ENDPOINT_URL": settings.SES_ENDPOINT_URL,
        **{f"{name.upper()}_URL": url for name, url in settings.SERVICE_URLS.items()},
    }
    findings = [
        f"{name} is {address}; expected an address that starts with https://."
        for name, address in addresses.items()
        if address.startswith("http://") and not _is_rehearsed(settings, address)
    ]
    findings += [
        f"{name} is empty; expected an address that starts with https://."
        for name in ("WEB_URL", "PUBLIC_URL", "OIDC_ISSUER")
        if not addresses[name]
    ]
    plain = [
        origin
        for origin in settings.CORS_ALLOWED_ORIGINS
        if not (origin.startswith("https://") or _is_rehearsed(settings, origin))
    ]
    if plain:
        findings.append(f"CORS_ALLOWED_ORIGINS has {', '.join(plain)}; expected https:// origins only.")
    return findings


def _is_rehearsed(settings: ModuleType, address: str) -> bool:
    """Whether the address leads nowhere but to this machine, and REHEARSAL allows that."""
    return settings.REHEARSAL and urlsplit(address).hostname == "127.0.0.1"
