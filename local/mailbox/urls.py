"""The addresses of the mailbox: pages, JSON, and SES's own."""

from __future__ import annotations

from django.urls import path

from local.mailbox import ses, views

urlpatterns = [
    path("", views.index, name="index"),
    path("mails/<slug:mail_id>", views.mail, name="mail"),
    path("mails/<slug:mail_id>/html", views.html, name="html"),
    path("mails/<slug:mail_id>/raw", views.raw, name="raw"),
    path("mails/<slug:mail_id>/attachments/<int:number>", views.attachment, name="attachment"),
    path("empty", views.empty, name="empty"),
    path("assets/<str:name>", views.asset, name="asset"),
    path("api/mails", views.api_mails, name="api-mails"),
    path("api/mails/<slug:mail_id>", views.api_mail, name="api-mail"),
    path("v2/email/outbound-emails", ses.send_email),
    path("v2/email/account", ses.get_account),
]
