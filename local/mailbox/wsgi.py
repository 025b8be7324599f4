"""The WSGI application of the mailbox."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "local.mailbox.settings")

application = get_wsgi_application()
