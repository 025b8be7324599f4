"""Settings for `collectstatic` while a package is made: as in the cloud, but onto this disk."""

from __future__ import annotations

import os

from config.settings import *  # noqa: F403
from config.settings import STORAGES as _STORAGES

STATIC_ROOT = os.environ["COLLECTED_STATIC_DIR"]
# Names are hashed as `chassis.storage.StaticStorage` hashes them: both are Django's.
STORAGES = {
    **_STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
