"""Settings of the mailbox: no users, no sessions, one SQLite file that it keeps itself."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent
MAILBOX_FILE = Path(os.environ.get("LOCAL_DIR") or BASE_DIR / ".local") / "mailbox.sqlite3"

# It signs nothing that outlives the process but the token of one form.
SECRET_KEY = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(48)
DEBUG = False
# Only by these names: a page elsewhere whose name was pointed at this machine is refused.
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "local.mailbox.urls"
INSTALLED_APPS = ["csp", "local.mailbox"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    # Refuses other host names for every page.
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
# SES's own limit for a message, and base64 around it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 56 * 1024 * 1024
# Cookies know no ports: on one desk all processes share 127.0.0.1.
CSRF_COOKIE_NAME = "mailbox_csrf"
CSRF_COOKIE_HTTPONLY = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
