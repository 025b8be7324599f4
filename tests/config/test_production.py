"""`DEPLOYMENT=production` refuses what is fit for a desk only, one finding at a time."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from django.core.exceptions import ImproperlyConfigured

Load = Callable[[dict[str, str]], ModuleType]

# What a production process needs at least.
SECURE = {
    "DEPLOYMENT": "production",
    "SECRET_KEY": "k3p!v8Zq0sWm2x7RtY9uBn4cL6dF1gHjEaQoIzXeUvTyRwSpNmKb5",
    "ALLOWED_HOSTS": "quartet.example.org",
    "WEB_URL": "https://quartet.example.org",
    "PUBLIC_URL": "https://files.example.org",
    "OIDC_ISSUER": "https://issuer.example.org",
    "DATABASE_URL": "postgres://quartet:secret@database.example.org:5432/quartet",
    "CORS_ALLOWED_ORIGINS": "https://todos.example.org",
}
PLAIN = "http://plain.example.org"

FINDINGS = [
    ("SECRET_KEY", "", "SECRET_KEY is the default, or too weak"),
    ("SECRET_KEY", "insecure-key-for-one-desk-only-never-for-production", "SECRET_KEY is the default"),
    ("SECRET_KEY", "short", "SECRET_KEY is the default, or too weak"),
    ("SECRET_KEY", "a" * 60, "SECRET_KEY is the default, or too weak"),
    ("DEBUG", "true", "DEBUG is true; expected false."),
    ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS is empty or has a `*`"),
    ("ALLOWED_HOSTS", ".example.org,*.example.org", "ALLOWED_HOSTS is empty or has a `*`"),
    ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS is empty or has a `*`"),
    ("DATABASE_URL", "sqlite:///quartet.sqlite3", "DATABASE_URL is SQLite"),
    ("WEB_URL", PLAIN, f"WEB_URL is {PLAIN}"),
    ("WEB_URL", "", "WEB_URL is empty"),
    ("PUBLIC_URL", PLAIN, f"PUBLIC_URL is {PLAIN}"),
    ("PUBLIC_URL", "", "PUBLIC_URL is empty"),
    ("OIDC_ISSUER", PLAIN, f"OIDC_ISSUER is {PLAIN}"),
    ("OIDC_JWKS_URL", PLAIN, f"OIDC_JWKS_URL is {PLAIN}"),
    ("OIDC_TOKEN_URL", PLAIN, f"OIDC_TOKEN_URL is {PLAIN}"),
    ("OIDC_AUTHORIZATION_URL", PLAIN, f"OIDC_AUTHORIZATION_URL is {PLAIN}"),
    ("OIDC_USERINFO_URL", PLAIN, f"OIDC_USERINFO_URL is {PLAIN}"),
    ("OIDC_END_SESSION_URL", PLAIN, f"OIDC_END_SESSION_URL is {PLAIN}"),
    ("ACCOUNTS_URL", PLAIN, f"ACCOUNTS_URL is {PLAIN}"),
    ("TODOS_URL", PLAIN, f"TODOS_URL is {PLAIN}"),
    ("S3_ENDPOINT_URL", PLAIN, f"S3_ENDPOINT_URL is {PLAIN}"),
    ("STS_ENDPOINT_URL", PLAIN, f"STS_ENDPOINT_URL is {PLAIN}"),
    ("SES_ENDPOINT_URL", PLAIN, f"SES_ENDPOINT_URL is {PLAIN}"),
    ("CORS_ALLOWED_ORIGINS", f"https://a.example.org,{PLAIN}", f"CORS_ALLOWED_ORIGINS has {PLAIN}"),
    ("CORS_ALLOWED_ORIGINS", "*", "CORS_ALLOWED_ORIGINS has *"),
]


def test_secure_values_start(load_settings: Load) -> None:
    module = load_settings(SECURE)

    assert module.SESSION_COOKIE_SECURE is True
    assert module.CSRF_COOKIE_SECURE is True
    assert module.SECURE_HSTS_SECONDS >= 31536000
    assert "local" not in module.INSTALLED_APPS


@pytest.mark.parametrize(("name", "value", "finding"), FINDINGS)
def test_one_insecure_value_refuses_the_start(
    load_settings: Load, name: str, value: str, finding: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        load_settings({**SECURE, name: value})

    assert f"\n- {finding}" in str(refused.value)


def test_an_empty_issuer_is_refused_even_when_every_address_of_it_is_named(load_settings: Load) -> None:
    addresses = {
        f"OIDC_{name}_URL": "https://issuer.example.org/x"
        for name in ("JWKS", "TOKEN", "AUTHORIZATION", "USERINFO")
    }

    with pytest.raises(ImproperlyConfigured, match="OIDC_ISSUER is empty"):
        load_settings({**SECURE, **addresses, "OIDC_ISSUER": ""})


def test_every_finding_is_told_at_once(load_settings: Load) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        load_settings({"DEPLOYMENT": "production"})

    text = str(refused.value)
    assert "SECRET_KEY is" in text
    assert "WEB_URL is" in text
    assert "DATABASE_URL is" in text
    assert "CORS_ALLOWED_ORIGINS has" in text


def test_a_refusal_does_not_show_the_secret_key(load_settings: Load) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        load_settings({**SECURE, "SECRET_KEY": "hunter2"})

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("deployment", ["local", "production"])
def test_the_desk_alone_accepts_insecure_values(load_settings: Load, deployment: str) -> None:
    variables = {"DEPLOYMENT": deployment, "DEBUG": "true"}

    started = _starts(load_settings, variables)

    assert started is (deployment == "local")


def _starts(load_settings: Load, variables: dict[str, str]) -> bool:
    try:
        load_settings(variables)
    except ImproperlyConfigured:
        return False
    return True


def test_a_rehearsal_allows_plain_addresses_of_this_machine_and_no_other(load_settings: Load) -> None:
    here = {
        "REHEARSAL": "true",
        "WEB_URL": "http://127.0.0.1:8000",
        "CORS_ALLOWED_ORIGINS": "http://127.0.0.1:8080",
    }

    module = load_settings({**SECURE, **here})
    with pytest.raises(ImproperlyConfigured, match=r"WEB_URL is http://127\.0\.0\.1\.example\.org"):
        load_settings({**SECURE, **here, "WEB_URL": "http://127.0.0.1.example.org"})
    with pytest.raises(ImproperlyConfigured, match="WEB_URL is http://127"):
        load_settings({**SECURE, **here, "REHEARSAL": "false"})

    assert module.SESSION_COOKIE_SECURE is True
