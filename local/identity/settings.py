"""Settings of the identity provider: its own, apart from the services'.

It reads the same environment file as the services, so that `python -m local.identity …` speaks
to the desk that runs in this checkout.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from config.environment import Environment, load_environment_file
from local.identity.clients import SERVICE_SCOPES, first_party_clients, origin_of
from local.identity.secret_files import read_or_create_secret

BASE_DIR = Path(__file__).resolve().parent.parent.parent
load_environment_file(Path(os.environ.get("ENVIRONMENT_FILE", BASE_DIR / ".local" / "environment")))
env = Environment()

LOCAL_DIR = Path(
    env.text("LOCAL_DIR", default=str(BASE_DIR / ".local"), effect="Directory of all local state.")
)
IDENTITY_PORT = env.integer(
    "IDENTITY_PORT", default=8001, least=1, most=65535, effect="Port of the identity provider."
)
OIDC_ISSUER = env.origin(
    "OIDC_ISSUER",
    default=f"http://127.0.0.1:{IDENTITY_PORT}",
    effect="The issuer, letter for letter as in every token's `iss`, whatever host a request names.",
)
WEB_URL = env.origin("WEB_URL", default="http://127.0.0.1:8000", effect="Where the services answer.")
SERVICE_URLS = [
    env.origin(f"{client.removeprefix('service-').upper()}_URL", effect="Where a service answers by itself.")
    for client in SERVICE_SCOPES
]
PUBLIC_URL = env.origin("PUBLIC_URL", default="http://127.0.0.1:8080", effect="Where the web client is read.")
TOUR_REDIRECT = env.origin(
    "TOUR_REDIRECT", default="http://127.0.0.1:8003/callback", effect="Redirect address of the scripted tour."
)
CLIENTS = first_party_clients(
    web_urls=sorted({WEB_URL, *filter(None, SERVICE_URLS)}),
    public_url=PUBLIC_URL,
    tour_redirect=TOUR_REDIRECT,
    secrets={
        "quartet-admin": env.text(
            "OIDC_STAFF_CLIENT_SECRET",
            secret=True,
            effect="The staff sign-in's secret. Empty: none.",
        ),
        "service-accounts": env.text(
            "ACCOUNTS_CLIENT_SECRET",
            secret=True,
            effect="Secret of accounts. Empty: no client.",
        ),
        "service-todos": env.text(
            "TODOS_CLIENT_SECRET", secret=True, effect="Secret of todos. Empty: no client."
        ),
        "service-blog": env.text(
            "BLOG_CLIENT_SECRET", secret=True, effect="Secret of blog. Empty: no client."
        ),
        "service-updates": env.text(
            "UPDATES_CLIENT_SECRET",
            secret=True,
            effect="Secret of updates. Empty: no client.",
        ),
    },
    asking_consent=env.words(
        "IDENTITY_CONSENT_CLIENTS",
        effect="Clients for which people are asked to consent.",
    ),
)

# --- Django ----------------------------------------------------------------------------------

SIGNING_KEYS_DIR = LOCAL_DIR / "identity-keys"
SECRET_KEY = read_or_create_secret(LOCAL_DIR / "identity-secret")
DEBUG = False
ALLOWED_HOSTS = sorted({urlsplit(OIDC_ISSUER).hostname or "127.0.0.1", "127.0.0.1", "localhost"})
ROOT_URLCONF = "local.identity.urls"
WSGI_APPLICATION = "local.identity.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "corsheaders",
    "csp",
    # Before allauth, so that its templates win.
    "local.identity",
    "allauth",
    "allauth.account",
    "allauth.idp.oidc",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": LOCAL_DIR / "identity.sqlite3",
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "timeout": 20,
            # The token endpoint runs in a transaction: with the write lock from its start, one code
            # or refresh token is exchanged once, however many requests race for it.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        },
    }
}
# allauth keeps authorisation codes and rate counts in the cache. In the database they are seen by
# every thread and process, and taken in the token endpoint's transaction.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "identity_cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}

# --- People ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "identity.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "local.identity.hashers.ClientSecretHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "local.identity.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "local.identity.forms.NameForm"
# A mail with a link goes to the mailbox, and one is let in at once.
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Quartet: "
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
# One desk is one address: wide enough for tours and tests, narrow enough that guessing stays slow.
ACCOUNT_RATE_LIMITS = {
    "signup": "300/m/ip",
    "login": "300/m/ip",
    "login_failed": "100/m/ip,10/5m/key",
    "reset_password": "60/m/ip,5/m/key",
    "confirm_email": "5/m/key",
}
# Cookies know no ports: on one desk all processes share 127.0.0.1.
SESSION_COOKIE_NAME = "identity_session"
CSRF_COOKIE_NAME = "identity_csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_FAILURE_VIEW = "local.identity.views.csrf_failure"

SES_ENDPOINT_URL = env.origin("SES_ENDPOINT_URL", effect="The mailbox. Empty: mails are printed to the log.")
EMAIL_BACKEND = (
    "django_ses.SESBackend" if SES_ENDPOINT_URL else "django.core.mail.backends.console.EmailBackend"
)
USE_SES_V2 = True
AWS_SES_REGION_NAME = env.text("AWS_REGION", default="us-east-1", effect="The region of the mailbox.")
AWS_SES_REGION_ENDPOINT_URL = SES_ENDPOINT_URL
AWS_SES_ACCESS_KEY_ID = "desk"
AWS_SES_SECRET_ACCESS_KEY = "desk"
AWS_SES_AUTO_THROTTLE = None
DEFAULT_FROM_EMAIL = "Quartet sign-in <identity@example.com>"

# --- OpenID Connect --------------------------------------------------------------------------

IDP_OIDC_ADAPTER = "local.identity.adapters.ProviderAdapter"
IDP_OIDC_ACCESS_TOKEN_FORMAT = "jwt"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 60 * 60
IDP_OIDC_ID_TOKEN_EXPIRES_IN = 60 * 60
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 24 * 60 * 60
IDP_OIDC_ROTATE_REFRESH_TOKEN = True
# With an `id_token_hint` of the person who is signed in, signing out of a client signs out here.
IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT = False
# A rotated key must be seen soon.
IDP_OIDC_JWKS_CACHE_CONTROL = 300

CORS_ALLOWED_ORIGINS = list(
    env.words(
        "IDENTITY_CORS_ORIGINS",
        default=(origin_of(PUBLIC_URL),),
        effect="Origins whose scripts may use the token, userinfo and revocation endpoints.",
    )
)
CORS_URLS_REGEX = r"^/(\.well-known/.*|identity/o/api/(token|userinfo|revoke))$"
CORS_PREFLIGHT_MAX_AGE = 7200

# --- Security headers ------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        # Browsers apply it to every redirect after a form: the last one goes back to the client.
        "form-action": ["'self'", *sorted({origin for client in CLIENTS for origin in client.origins})],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
