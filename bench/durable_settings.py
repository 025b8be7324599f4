"""The services' settings, with SQLite waiting for the disk at each commit, as PostgreSQL does by itself."""

from config.settings import *  # noqa: F403
from config.settings import DATABASES

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"]["OPTIONS"],
        "init_command": DATABASES["default"]["OPTIONS"]["init_command"].replace(
            "synchronous=NORMAL", "synchronous=FULL"
        ),
    }
