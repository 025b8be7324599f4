"""The pages of the mailbox, and its listing for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from local.mailbox.reading import Attachment, ReadMail
from local.mailbox.store import desk_store

_ASSETS = {"mailbox.css": "text/css", "mailbox.svg": "image/svg+xml"}
_SHOWN = 200
# The one page whose style is the sender's, as in a mail program. Sandboxed: no scripts, no forms, an
# origin of its own; nothing is loaded but the mail's own pictures.
_SENDERS_PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """`GET /`: every mail, newest first, or those to one address."""
    to = request.GET.get("to", "").strip()
    mails = [ReadMail(stored) for stored in desk_store().list_newest(to=to, limit=_SHOWN)]
    return render(request, "mailbox/index.html", {"mails": mails, "to": to, "count": desk_store().count()})


@require_safe
def mail(request: HttpRequest, mail_id: str) -> HttpResponse:
    """`GET /mails/<id>`: one mail, its HTML in a frame that can do nothing."""
    return render(request, "mailbox/mail.html", {"mail": _read(mail_id)})


@require_safe
def html(request: HttpRequest, mail_id: str) -> HttpResponse:
    """`GET /mails/<id>/html`: the HTML of a mail, for the frame."""
    found = _read(mail_id)
    if not found.html:
        raise Http404
    attachment_url = request.build_absolute_uri(reverse("mail", args=[mail_id])) + "/attachments/"
    response = HttpResponse(found.html_for_frame(attachment_url=attachment_url))
    response["Content-Security-Policy"] = _SENDERS_PAGE_POLICY
    return response


@require_safe
def raw(request: HttpRequest, mail_id: str) -> HttpResponse:
    """`GET /mails/<id>/raw`: the bytes as they were handed over, as text."""
    return HttpResponse(_read(mail_id).stored.raw, content_type="text/plain; charset=utf-8")


@require_safe
def attachment(request: HttpRequest, mail_id: str, number: int) -> HttpResponse:
    """`GET /mails/<id>/attachments/<number>`: pictures are shown, everything else is saved."""
    part = _attachment(_read(mail_id), number)
    is_picture = part.content_type in {"image/png", "image/jpeg", "image/gif", "image/webp"}
    response = HttpResponse(
        part.content, content_type=part.content_type if is_picture else "application/octet-stream"
    )
    disposition = content_disposition_header(not is_picture, part.name)
    if disposition:
        response["Content-Disposition"] = disposition
    return response


@require_POST
def empty(request: HttpRequest) -> HttpResponse:
    """`POST /empty`: throw all mails away."""
    desk_store().empty()
    return HttpResponseRedirect(reverse("index"))


@require_safe
def api_mails(request: HttpRequest) -> HttpResponse:
    """`GET /api/mails?to=…&limit=…`: the newest mails as JSON, for tests and tours."""
    limit = request.GET.get("limit", "100")
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= 1000:
        return JsonResponse({"detail": "limit is a number from 1 to 1000."}, status=400)
    mails = desk_store().list_newest(to=request.GET.get("to", "").strip(), limit=int(limit))
    return JsonResponse({"items": [_as_json(request, ReadMail(stored)) for stored in mails]})


@require_safe
def api_mail(request: HttpRequest, mail_id: str) -> HttpResponse:
    """`GET /api/mails/<id>`: one mail as JSON."""
    return JsonResponse(_as_json(request, _read(mail_id)))


@require_safe
def asset(request: HttpRequest, name: str) -> HttpResponse:
    """`GET /assets/<name>`: the style sheet and the icon."""
    if name not in _ASSETS:
        raise Http404
    content = Path(__file__).with_name("assets").joinpath(name).read_bytes()
    return HttpResponse(content, content_type=_ASSETS[name])


def _read(mail_id: str) -> ReadMail:
    stored = desk_store().find(mail_id)
    if stored is None:
        raise Http404
    return ReadMail(stored)


def _attachment(found: ReadMail, number: int) -> Attachment:
    if not 1 <= number <= len(found.attachments):
        raise Http404
    return found.attachments[number - 1]


def _as_json(request: HttpRequest, found: ReadMail) -> dict[str, Any]:
    page = request.build_absolute_uri(reverse("mail", args=[found.stored.id]))
    return {
        "id": found.stored.id,
        "received_at": found.stored.received_at.isoformat(),
        "from": found.sender,
        "to": list(found.stored.recipients),
        "subject": found.subject,
        "text": found.text,
        "html": found.html,
        "headers": [list(header) for header in found.headers],
        "attachments": [
            {
                "name": part.name,
                "content_type": part.content_type,
                "bytes": len(part.content),
                "url": f"{page}/attachments/{part.number}",
            }
            for part in found.attachments
        ],
        "url": page,
    }
