"""A Wagtail project with nothing but what a blog needs."""

import os

SECRET_KEY = "the-peer-of-the-benchmarks-is-never-deployed-anywhere"
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = [
    "bench.peers.wagtail_blog",
    "bakery",
    "wagtailbakery",
    "wagtail.api.v2",
    "wagtail.users",
    "wagtail.images",
    "wagtail.documents",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "rest_framework",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "bench.peers.wagtail_blog.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PEER_DATABASE"],
        "CONN_MAX_AGE": 60,
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("PEER_BUILD", "build") + "-static"
MEDIA_ROOT = os.environ.get("PEER_BUILD", "build") + "-media"
MEDIA_URL = "/media/"
BUILD_DIR = os.environ.get("PEER_BUILD", "build")
# Where `publish` puts what `build` made.
AWS_BUCKET_NAME = os.environ.get("S3_PUBLIC_BUCKET", "")
AWS_S3_ENDPOINT = os.environ.get("S3_ENDPOINT_URL", "")
AWS_ACCESS_KEY_ID = os.environ.get("S3_ACCESS_KEY_ID", "")
AWS_SECRET_ACCESS_KEY = os.environ.get("S3_SECRET_ACCESS_KEY", "")
AWS_REGION = "us-east-1"
BAKERY_VIEWS = ("wagtailbakery.views.AllPublishedPagesView",)
WAGTAIL_SITE_NAME = "Blog"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1"
