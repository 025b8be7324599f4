"""Kinto's WSGI application from `kinto.ini`, for granian. Runs in Kinto's own environment."""

import os

from pyramid.paster import get_app  # type: ignore[import-not-found]

application = get_app(os.environ["KINTO_INI"])
