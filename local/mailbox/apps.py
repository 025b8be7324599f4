"""The mailbox as a Django app: for its templates."""

from __future__ import annotations

from django.apps import AppConfig


class MailboxConfig(AppConfig):
    """No models: see `store`."""

    name = "local.mailbox"
    label = "mailbox"
