"""Settings of the services: one file, driven by environment variables.

Every variable is declared with its type, default and effect; `docs/configuration.md` is printed
from these declarations. Only addresses, keys and limits differ between a desk and the cloud.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from chassis.logs import logging_configuration
from config.environment import Environment, environment_file_of, load_environment_file
from config.parameters import load_parameters

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()

env.section("The desk")  # --------------------------------------------------------------

LOCAL_DIR = env.text(
    "LOCAL_DIR",
    default=str(BASE_DIR / ".local"),
    effect="Directory of everything that a desk keeps: databases, files, keys. Another one makes another desk.",
)
# What `manage.py platform` writes, so that every other command speaks to the running desk.
load_environment_file(
    environment_file_of(
        Path(
            env.text(
                "ENVIRONMENT_FILE",
                default=str(Path(LOCAL_DIR, "environment")),
                effect="File of further variables, `NAME=value` a line; with SERVICES=todos that of the service alone, `environment.todos`, where there is one. The process's own environment wins over it.",
            )
        ),
        services=os.environ.get("SERVICES", ""),
    )
)

env.text(
    "PARAMETERS",
    effect="Paths in SSM's Parameter Store, separated by commas: every parameter below becomes a variable at the start. Any variable may also be `ssm:/path` or `secretsmanager:name#field`.",
)
load_parameters(os.environ)

env.section("Which services this process runs")  # --------------------------------------

KNOWN_SERVICES = ("accounts", "todos", "blog", "updates")

DEPLOYMENT = env.choice(
    "DEPLOYMENT",
    default="local",
    choices=("local", "production"),
    effect="`production` refuses to start with insecure values (default key, debug pages, `*` hosts, plain-http addresses).",
)
REHEARSAL = env.boolean(
    "REHEARSAL",
    default=False,
    effect="A production process whose cloud is this machine: addresses of 127.0.0.1 may be plain http. Nothing else is different.",
)
SERVICES = env.words(
    "SERVICES",
    default=KNOWN_SERVICES,
    known=frozenset(KNOWN_SERVICES),
    effect="The services of this process: their tables, addresses and admin. One name makes a deployable micro-service.",
)
if not SERVICES:
    raise ImproperlyConfigured(f"SERVICES is empty; expected words out of {', '.join(KNOWN_SERVICES)}.")

env.section("Django")  # ----------------------------------------------------------------

INSECURE_SECRET_KEY = "insecure-key-for-one-desk-only-never-for-production"  # noqa: S105
SECRET_KEY = env.text(
    "SECRET_KEY",
    default=INSECURE_SECRET_KEY,
    secret=True,
    effect="Signs sessions, cursors and forms. At least 50 random characters in production.",
)
DEBUG = env.boolean("DEBUG", default=False, effect="Django's debug pages. Never in production.")
ALLOWED_HOSTS = list(
    env.words(
        "ALLOWED_HOSTS", default=("127.0.0.1", "localhost"), effect="Host names that this process answers to."
    )
)
WEB_URL = env.origin(
    "WEB_URL",
    default="http://127.0.0.1:8000",
    effect="The address of this process as browsers see it: base of redirects and problem types.",
)
CSRF_TRUSTED_ORIGINS = [WEB_URL]
PUBLIC_URL = env.origin(
    "PUBLIC_URL",
    default="http://127.0.0.1:8080",
    effect="The address at which the public bucket is read (CloudFront, or the edge of the desk).",
)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEST_RUNNER = "config.test_runner.PytestRunner"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
APPEND_SLASH = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "storages",
    "django_tasks",
    "django_tasks_db",
    "chassis",
    # After the chassis, which extends its frame.
    "chassis.admin_site.StaffAdminConfig",
    *SERVICES,
    # Only commands (`platform`, `demo`): the package in the cloud has no `local`.
    *(["local"] if DEPLOYMENT == "local" else []),
]
MIDDLEWARE = [
    "chassis.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "chassis.middleware.security_headers",
    "chassis.middleware.ContentSecurityPolicy",
    "chassis.middleware.CrossOrigin",
    "chassis.middleware.body_limit",
    "chassis.short_way.begin_short_way",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "chassis.short_way.end_short_way",
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

env.section("Data")  # ------------------------------------------------------------------

SQLITE_OPTIONS = {
    "timeout": 20,
    # A deferred transaction that turns into a writer fails at once with "database is locked".
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
}
DATABASE_CONNECTION_SECONDS = env.integer(
    "DATABASE_CONNECTION_SECONDS",
    default=60,
    effect="How long a database connection is kept for the next request. 0 closes it after each.",
)
DATABASES = {
    "default": env.database(
        "DATABASE_URL",
        default=f"sqlite:///{BASE_DIR / '.local' / 'quartet.sqlite3'}",
        effect="The database of this process: SQLite on a desk, PostgreSQL in production.",
    )
}
DATABASES["default"]["CONN_MAX_AGE"] = DATABASE_CONNECTION_SECONDS
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "chassis.sqlite"
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    # A file, not memory: threads and processes of a test share it as they do in life.
    DATABASES["default"]["TEST"] = {"NAME": f"{DATABASES['default']['NAME']}-test"}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["ENGINE"] = "chassis.postgresql"

DATABASE_REPLICA = env.database(
    "DATABASE_REPLICA_URL",
    default="",
    effect="A read replica of DATABASE_URL, or the address of many. Reads of to-dos go there unless the client has seen more than it has.",
)
DATABASE_ROUTERS: list[str] = []
if DATABASE_REPLICA:
    DATABASES["replica"] = {
        **DATABASE_REPLICA,
        "ENGINE": "chassis.postgresql",
        "CONN_MAX_AGE": DATABASE_CONNECTION_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"MIRROR": "default"},
    }
    DATABASE_ROUTERS.append("chassis.replicas.ReplicaRouter")

TASKS = {"default": {"BACKEND": "chassis.task_backend.TracedDatabaseBackend", "QUEUES": []}}

WORK_QUEUE_URL = env.origin(
    "WORK_QUEUE_URL",
    effect="The SQS queue that wakes a function up when a task is enqueued. Empty on a desk, whose worker looks by itself.",
)

env.section("Identity")  # --------------------------------------------------------------

OIDC_ISSUER = env.origin(
    "OIDC_ISSUER",
    default="http://127.0.0.1:8001",
    effect="The issuer whose access tokens are accepted, letter for letter as in their `iss`.",
)
OIDC_JWKS_URL = env.origin(
    "OIDC_JWKS_URL",
    default=f"{OIDC_ISSUER}/.well-known/jwks.json",
    effect="Where the issuer's public keys are read.",
)
OIDC_TOKEN_URL = env.origin(
    "OIDC_TOKEN_URL",
    default=f"{OIDC_ISSUER}/identity/o/api/token",
    effect="Where services and the staff sign-in exchange credentials for tokens.",
)
OIDC_AUTHORIZATION_URL = env.origin(
    "OIDC_AUTHORIZATION_URL",
    default=f"{OIDC_ISSUER}/identity/o/authorize",
    effect="Where a browser is sent to sign in.",
)
OIDC_USERINFO_URL = env.origin(
    "OIDC_USERINFO_URL",
    default=f"{OIDC_ISSUER}/identity/o/api/userinfo",
    effect="Where the e-mail address of a user is read at the first `GET /me`.",
)
OIDC_END_SESSION_URL = env.origin(
    "OIDC_END_SESSION_URL",
    default="",
    effect="Where staff are sent after they signed out; empty keeps them here.",
)
OIDC_AUDIENCES = env.words(
    "OIDC_AUDIENCES", effect="Audiences accepted where a token names one. A token without `aud` needs none."
)
OIDC_CLOCK_SKEW_SECONDS = env.integer(
    "OIDC_CLOCK_SKEW_SECONDS", default=5, most=300, effect="Tolerance for `exp`, `nbf` and `iat`, in seconds."
)
OIDC_GROUPS_CLAIM = env.text(
    "OIDC_GROUPS_CLAIM", default="cognito:groups", effect="The claim that lists a person's groups."
)
USER_SCOPES = "accounts/read accounts/write accounts/folder todos/read todos/write"
# What a staff member may hold besides, by a client that is made for it.
STAFF_SCOPES = "blog/read blog/write updates/read updates/write"
OIDC_USER_CLIENTS = env.scopes_by_client(
    "OIDC_USER_CLIENTS",
    default=f"todos-web={USER_SCOPES};todos-mobile={USER_SCOPES};quartet-tour={USER_SCOPES} {STAFF_SCOPES};"
    "quartet-publish=updates/read updates/write",
    effect="Clients whose tokens speak for a user, each with the most that it may do. A token without scopes of ours gets all of them.",
)
OIDC_SERVICE_CLIENTS = env.scopes_by_client(
    "OIDC_SERVICE_CLIENTS",
    default="service-accounts=todos/erase todos/export;service-todos=accounts/attach;service-blog=;service-updates=blog/announce",
    effect="Clients whose tokens speak for a service, each with the internal scopes that it may hold.",
)
OIDC_STAFF_CLIENT_ID = env.text(
    "OIDC_STAFF_CLIENT_ID", default="quartet-admin", effect="The client by which staff sign in to the admin."
)
OIDC_STAFF_CLIENT_SECRET = env.text(
    "OIDC_STAFF_CLIENT_SECRET",
    secret=True,
    effect="Its secret. Empty switches the staff sign-in off; passwords remain.",
)
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
CSRF_FAILURE_VIEW = "chassis.problems.csrf_failure"
LOGIN_URL = "admin:login"
# Cookies know no ports: services that run alone on one host must not take each other's.
_COOKIES = f"quartet_{SERVICES[0]}" if len(SERVICES) == 1 else "quartet"
SESSION_COOKIE_NAME = f"{_COOKIES}_session"
CSRF_COOKIE_NAME = f"{_COOKIES}_csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60

env.section("The other services")  # ----------------------------------------------------

SERVICE_URLS = {
    name: env.origin(
        f"{name.upper()}_URL",
        effect=f"Where the {name} service answers. Empty: in this process.",
    )
    for name in KNOWN_SERVICES
}
SERVICE_CREDENTIALS = {
    name: (
        env.text(
            f"{name.upper()}_CLIENT_ID",
            default=f"service-{name}",
            effect=f"The client id of the {name} service.",
        ),
        env.text(
            f"{name.upper()}_CLIENT_SECRET", secret=True, effect=f"The client secret of the {name} service."
        ),
    )
    for name in KNOWN_SERVICES
}

env.section("Files")  # -----------------------------------------------------------------

AWS_REGION = env.text(
    "AWS_REGION", default="us-east-1", effect="The region of buckets, queues and functions."
)
S3_ENDPOINT_URL = env.origin(
    "S3_ENDPOINT_URL",
    effect="The object store. Empty in the cloud: Amazon S3; locally the address of SeaweedFS.",
)
S3_ACCESS_KEY_ID = env.text(
    "S3_ACCESS_KEY_ID", effect="Access key of the services. Empty in the cloud: the function's role."
)
S3_SECRET_ACCESS_KEY = env.text("S3_SECRET_ACCESS_KEY", secret=True, effect="The secret of S3_ACCESS_KEY_ID.")
S3_PUBLIC_BUCKET = env.text(
    "S3_PUBLIC_BUCKET", default="quartet-public", effect="Bucket of what everybody may read."
)
S3_UPLOADS_BUCKET = env.text(
    "S3_UPLOADS_BUCKET", default="quartet-uploads", effect="Private bucket of originals as they came."
)
S3_USERS_BUCKET = env.text(
    "S3_USERS_BUCKET", default="quartet-users", effect="Private bucket of the users' folders."
)
STS_ENDPOINT_URL = env.origin(
    "STS_ENDPOINT_URL",
    default=S3_ENDPOINT_URL,
    effect="Where temporary credentials are made. Empty: AWS STS.",
)
STS_ACCESS_KEY_ID = env.text(
    "STS_ACCESS_KEY_ID",
    effect="Access key of the broker, which may only assume FOLDER_ROLE_ARN. Empty in the cloud: the function's role.",
)
STS_SECRET_ACCESS_KEY = env.text(
    "STS_SECRET_ACCESS_KEY", secret=True, effect="The secret of STS_ACCESS_KEY_ID."
)
FOLDER_ROLE_ARN = env.text(
    "FOLDER_ROLE_ARN",
    default="arn:aws:iam::000000000000:role/quartet-folder",
    effect="The role behind a user's temporary credentials; always assumed with a session policy for one folder.",
)
STORAGES = {
    "default": {"BACKEND": "chassis.storage.UploadsStorage"},
    "public": {"BACKEND": "chassis.storage.PublicStorage"},
    "uploads": {"BACKEND": "chassis.storage.UploadsStorage"},
    "users": {"BACKEND": "chassis.storage.UsersStorage"},
    "staticfiles": {"BACKEND": "chassis.storage.StaticStorage"},
}
STATIC_URL = f"{PUBLIC_URL}/static/"
STATICFILES_DIRS: list[Path] = []
STATIC_MANIFEST_DIR = Path(
    env.text(
        "STATIC_MANIFEST_DIR",
        default=str(BASE_DIR / "build" / "static-manifest"),
        effect="Directory of the static files' manifest, which travels in the package.",
    )
)

env.section("Publishing")  # ------------------------------------------------------------

FILES_DISTRIBUTION_ID = env.text(
    "FILES_DISTRIBUTION_ID",
    effect="The CloudFront distribution in front of the public bucket. Empty: no edge, so nothing to invalidate.",
)
CLOUDFRONT_ENDPOINT_URL = env.origin(
    "CLOUDFRONT_ENDPOINT_URL",
    effect="Where invalidations are asked for. Empty: CloudFront; locally the edge's adapter.",
)
CLOUDFRONT_ACCESS_KEY_ID = env.text(
    "CLOUDFRONT_ACCESS_KEY_ID",
    effect="Access key for invalidations. Empty in the cloud: the function's role.",
)
CLOUDFRONT_SECRET_ACCESS_KEY = env.text(
    "CLOUDFRONT_SECRET_ACCESS_KEY", secret=True, effect="The secret of CLOUDFRONT_ACCESS_KEY_ID."
)
# A fetch that began before an invalidation may end after it and leave the old file at the edge.
PUBLISHING_FETCH_WINDOW_SECONDS = env.integer(
    "PUBLISHING_FETCH_WINDOW_SECONDS",
    default=60,
    least=1,
    effect="After so many seconds the edge is told once more what changed. Longer than its slowest fetch of a file that changes.",
)
PUBLISHING_RECEIPT_SECONDS = env.integer(
    "PUBLISHING_RECEIPT_SECONDS",
    default=30,
    least=1,
    most=120,
    effect="How long one attempt of a job waits until PUBLIC_URL serves the new files, before it is tried again.",
)

env.section("Publishing of updates from pipelines")  # -----------------------------------

UPDATES_PIPELINE_ISSUERS = env.words(
    "UPDATES_PIPELINE_ISSUERS",
    default=("https://token.actions.githubusercontent.com", "https://gitlab.com"),
    effect="Issuers of the tokens by which pipelines publish, where a product trusts them. Add a GitLab of your own.",
)
UPDATES_SCAN_COMMAND = env.text(
    "UPDATES_SCAN_COMMAND",
    effect="A command that reads an uploaded file from its input and ends with 1 when it finds malware, such as `clamdscan --no-summary -`. Empty: none.",
)

env.section("Signatures over updates")  # -----------------------------------------------

UPDATES_KEYS_DIR = env.text(
    "UPDATES_KEYS_DIR",
    effect="Directory of the encrypted keys that sign updates; a desk has one. Empty: keys are in AWS KMS alone.",
)
UPDATES_KEYS_PASSPHRASE = env.text(
    "UPDATES_KEYS_PASSPHRASE",
    secret=True,
    effect="What the keys in UPDATES_KEYS_DIR are encrypted with. Empty: none are made or opened.",
)
# Each is signed anew at half of its life, so that is how long everything may be off. The renewal comes
# once a day: in less than four it might come when somebody has been told, or too late.
UPDATES_POINTER_DAYS = env.integer(
    "UPDATES_POINTER_DAYS",
    default=7,
    least=4,
    most=90,
    effect="How long TUF's timestamp and the signature of a manifest hold. Longer: an attacker can keep clients back for longer.",
)
UPDATES_METADATA_DAYS = env.integer(
    "UPDATES_METADATA_DAYS",
    default=90,
    least=4,
    most=730,
    effect="How long the other metadata of TUF holds that is signed here.",
)
UPDATES_ROOT_DAYS = env.integer(
    "UPDATES_ROOT_DAYS",
    default=365,
    least=30,
    most=3650,
    effect="How long a root holds that `manage.py updates root prepare` makes. Its holders sign the next one by hand.",
)

env.section("Differences between releases")  # ---------------------------------------------

# A process of its own makes each, and may not have more. zstd takes four times both files, bsdiff (tufup's
# patches) seventeen times the earlier one.
UPDATES_DELTA_MEMORY_BYTES = env.integer(
    "UPDATES_DELTA_MEMORY_BYTES",
    default=800_000_000,
    least=0,
    effect="Memory for making a difference between two releases. zstd takes four times both files, bsdiff (for tufup) seventeen times the earlier one. 0: none are made.",
)

env.section("Statistics of downloads")  # ---------------------------------------------------

UPDATES_EDGE_LOGS = env.text(
    "UPDATES_EDGE_LOGS",
    effect="Where the edge's logs are, of which downloads are counted: a file, a directory, or s3://bucket/prefix. Empty: nothing is counted.",
)

env.section("HTTP API")  # --------------------------------------------------------------

API_BODY_BYTES = env.integer(
    "API_BODY_BYTES",
    default=512 * 1024,
    least=1024,
    effect="Largest body of an API request, in bytes. Larger is 413. Files go to S3 directly, not through the API.",
)
# `chassis.middleware.body_limit` is stricter, but at addresses that read more. Lambda takes 6 MB, escaped.
DATA_UPLOAD_MAX_MEMORY_SIZE = max(API_BODY_BYTES, 4 * 1024 * 1024)
API_JSON_DEPTH = env.integer(
    "API_JSON_DEPTH",
    default=32,
    least=4,
    most=200,
    effect="Deepest nesting of JSON that is read. Deeper is 400.",
)
API_PAGE_SIZE = env.integer(
    "API_PAGE_SIZE", default=100, least=1, most=1000, effect="Rows on a page of a list."
)
API_PAGE_SIZE_MOST = env.integer(
    "API_PAGE_SIZE_MOST",
    default=1000,
    least=1,
    most=10000,
    effect="The largest page that a client may ask for.",
)
API_WRITES_PER_MINUTE = env.integer(
    "API_WRITES_PER_MINUTE",
    default=600,
    least=1,
    effect="Writes of one user or service in a minute before 429.",
)
# Each appends the address of whoever asked it to X-Forwarded-For; what stands before that, anybody may write.
TRUSTED_PROXIES = env.integer(
    "TRUSTED_PROXIES",
    default=0,
    most=10,
    effect="Proxies of ours in front of this process. By their X-Forwarded-For the limits tell anonymous callers apart.",
)
IDEMPOTENCY_HOURS = env.integer(
    "IDEMPOTENCY_HOURS",
    default=24,
    least=1,
    effect="How long the answer to an Idempotency-Key is kept, in hours.",
)
SERVICE_TIMEOUT_SECONDS = env.integer(
    "SERVICE_TIMEOUT_SECONDS",
    default=5,
    least=1,
    most=29,
    effect="Longest wait for another service, in seconds.",
)
CORS_ALLOWED_ORIGINS = list(
    env.words(
        "CORS_ALLOWED_ORIGINS",
        default=("http://127.0.0.1:8080",),
        effect="Origins whose scripts may call the API (the web client's), besides this process's own.",
    )
)
CORS_EXPOSE_HEADERS = [
    "ETag", "Location", "Link", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id", "Idempotency-Replayed",
]  # fmt: skip
CORS_ALLOW_HEADERS = [
    "accept", "authorization", "content-type", "if-match", "if-none-match", "idempotency-key", "traceparent", "x-csrftoken",
]  # fmt: skip
CORS_PREFLIGHT_MAX_AGE = 7200
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "chassis.auth.BearerAuthentication",
        "chassis.auth.StaffSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["chassis.auth.HasScopes"],
    "DEFAULT_THROTTLE_CLASSES": ["chassis.rate_limits.WriteRateThrottle"],
    "DEFAULT_PARSER_CLASSES": ["chassis.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "chassis.renderers.ORJSONRenderer",
        "chassis.renderers.DocumentedBrowsableAPIRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "chassis.openapi.Schema",
    "EXCEPTION_HANDLER": "chassis.problems.exception_handler",
    "UNAUTHENTICATED_USER": "chassis.auth.Anonymous",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "chassis.renderers.Negotiation",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Quartet",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/[a-z]+/v1/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "chassis.openapi.add_problem_component",
    ],
}

env.section("Security headers")  # ------------------------------------------------------

_PUBLIC_ORIGIN = "/".join(PUBLIC_URL.split("/")[:3])
# Staff's browsers send files straight to the store, and show private pictures from it, at the addresses
# that were signed for them.
_STORE_ORIGINS = (
    [S3_ENDPOINT_URL]
    if S3_ENDPOINT_URL
    else [
        f"https://{S3_UPLOADS_BUCKET}.s3.amazonaws.com",
        f"https://{S3_UPLOADS_BUCKET}.s3.{AWS_REGION}.amazonaws.com",
    ]
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", _PUBLIC_ORIGIN],
        "style-src": ["'self'", _PUBLIC_ORIGIN],
        "img-src": ["'self'", _PUBLIC_ORIGIN, "data:", *_STORE_ORIGINS],
        "font-src": ["'self'", _PUBLIC_ORIGIN],
        "connect-src": ["'self'", _PUBLIC_ORIGIN, *_STORE_ORIGINS],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

env.section("Mail")  # ------------------------------------------------------------------

EMAIL_BACKEND = "django_ses.SESBackend"
USE_SES_V2 = True
AWS_SES_REGION_NAME = AWS_REGION
SES_ENDPOINT_URL = env.origin(
    "SES_ENDPOINT_URL", effect="Where mail is handed over. Empty: Amazon SES; locally the mailbox."
)
# boto3 takes an empty text for an address that is wrong.
AWS_SES_REGION_ENDPOINT_URL = SES_ENDPOINT_URL or None
AWS_SES_AUTO_THROTTLE = None
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", default="Quartet <quartet@example.com>", effect="The sender of mails."
)

SES_CONFIGURATION_SET = env.text(
    "SES_CONFIGURATION_SET",
    effect="The configuration set of SES whose events say what became of a mail. Empty: none, and no events.",
)

env.section("Operation")  # -------------------------------------------------------------

LOG_LEVEL = env.choice(
    "LOG_LEVEL",
    default="INFO",
    choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    effect="The least severe record logged.",
)
LOG_FORMAT = env.choice(
    "LOG_FORMAT",
    default="json",
    choices=("json", "console"),
    effect="One JSON object a line, or coloured text for people.",
)
LOGGING = logging_configuration(level=LOG_LEVEL, form=LOG_FORMAT)
START_LINKS = env.words(
    "START_LINKS", effect="Further links of the start page, as `name=address`, separated by commas."
)

env.section("accounts")  # --------------------------------------------------------------

# Longer means fewer renewals, and a longer life for a leaked key. STS allows 900 or more.
ACCOUNTS_FOLDER_CREDENTIALS_SECONDS = env.integer(
    "ACCOUNTS_FOLDER_CREDENTIALS_SECONDS",
    default=3600,
    least=900,
    most=43200,
    effect="Life of a user's temporary folder credentials, in seconds.",
)
ACCOUNTS_FOLDER_QUOTA_BYTES = env.integer(
    "ACCOUNTS_FOLDER_QUOTA_BYTES",
    default=1024**3,
    effect="Bytes that a user's folder may hold before uploads are refused.",
)
ACCOUNTS_UPLOAD_MOST_BYTES = env.integer(
    "ACCOUNTS_UPLOAD_MOST_BYTES",
    default=100 * 1024**2,
    least=1,
    effect="Largest single file of a presigned POST, in bytes. Larger files go by multipart.",
)

env.section("blog")  # ------------------------------------------------------------------

BLOG_TITLE = env.text(
    "BLOG_TITLE", default="The Quartet Blog", effect="The blog's name, on its pages and in its feed."
)
BLOG_TAGLINE = env.text(
    "BLOG_TAGLINE",
    default="Boats, tides, software, and the people who wait for them.",
    effect="A line below the name.",
)
BLOG_THEME_DIR = env.text(
    "BLOG_THEME_DIR",
    default="",
    effect="A directory with the blog's own look: `theme.css` (colours and fonts are variables), `icon.svg`, "
    "`templates/blog/site/*.html`, each in place of the one that comes with it. Empty: as it comes.",
)
TEMPLATES[0]["DIRS"] = [f"{BLOG_THEME_DIR}/templates"] if BLOG_THEME_DIR else []
BLOG_PHOTO_MOST_BYTES = env.integer(
    "BLOG_PHOTO_MOST_BYTES",
    default=50 * 1024**2,
    least=1,
    effect="Largest photo that editors may upload, in bytes.",
)
BLOG_PHOTO_MOST_PIXELS = env.integer(
    "BLOG_PHOTO_MOST_PIXELS",
    default=100_000_000,
    least=1,
    effect="Largest JPEG that is decoded, in pixels. The decoder itself makes it smaller, so memory stays small.",
)
# Four bytes a pixel, and a little: 50 million stay within a function of 512 MB.
BLOG_PHOTO_MOST_WHOLE_PIXELS = env.integer(
    "BLOG_PHOTO_MOST_WHOLE_PIXELS",
    default=50_000_000,
    least=1,
    effect="Largest picture that has to be decoded as a whole, in pixels: PNG, GIF, progressive JPEG; WebP and AVIF may have half of it.",
)
BLOG_PHOTO_GRACE_DAYS = env.integer(
    "BLOG_PHOTO_GRACE_DAYS",
    default=7,
    effect="Days after which a deleted photo's files are taken away; until then, old pages still show it.",
)

BLOG_SUBSCRIPTIONS_PER_MINUTE = env.integer(
    "BLOG_SUBSCRIPTIONS_PER_MINUTE",
    default=10,
    least=1,
    effect="Subscriptions that one address of the network may ask for in a minute before 429.",
)
# A new account of SES sends 14 a second at most; in its sandbox one.
BLOG_MAILS_PER_SECOND = env.integer(
    "BLOG_MAILS_PER_SECOND",
    default=10,
    least=1,
    most=1000,
    effect="Mails that all processes together send in a second. Not more than the account of SES may.",
)

env.section("todos")  # -----------------------------------------------------------------

# Longer means fewer files for a user who is writing, and a later file for those who only read.
TODOS_SNAPSHOT_DELAY_SECONDS = env.integer(
    "TODOS_SNAPSHOT_DELAY_SECONDS",
    default=3,
    most=600,
    effect="How long after a change the snapshot in the user's folder is written, in seconds; changes until then share it.",
)

# --- What production must not start with -----------------------------------------------------

if DEPLOYMENT == "production":
    from config.production import refuse_insecure_settings

    # API Gateway's stage is part of its own address only, which nobody sees but the edge.
    FORCE_SCRIPT_NAME = ""
    SECURE_SSL_REDIRECT = False  # API Gateway and CloudFront speak HTTPS only.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 63072000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    refuse_insecure_settings(sys.modules[__name__])
