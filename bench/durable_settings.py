"""The services' settings, with SQLite waiting for the disk at each commit, as PostgreSQL does by itself."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES

if DATABASES["default"]["ENGINE"].endswith("sqlite"):
    synchronous = os.environ["SQLITE_SYNCHRONOUS"]
    begin = DATABASES["default"]["OPTIONS"]["init_command"]
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"]["OPTIONS"],
        "init_command": begin.replace("synchronous=NORMAL", f"synchronous={synchronous}"),
    }
