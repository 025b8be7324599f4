"""The WSGI application of the identity provider."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "local.identity.settings"

application = get_wsgi_application()
