"""The part of the Amazon SES API v2 by which django-ses sends: `SendEmail` with raw content, `GetAccount`.

Shapes and error codes follow botocore's service description `sesv2/2019-09-27` (protocol rest-json).
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Callable
from email.utils import parseaddr
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from local.mailbox.store import desk_store

# https://docs.aws.amazon.com/ses/latest/dg/quotas.html
_MOST_BYTES = 40 * 1024 * 1024
_MOST_RECIPIENTS = 50


class SesError(Exception):
    """An answer that SES gives to a request that it does not take."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def _signed(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let in signed requests only, as SES does; the signature itself is not checked on a desk."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            if not request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 "):
                raise SesError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
            response = view(request)
        except SesError as refusal:
            response = JsonResponse({"message": str(refusal)}, status=refusal.status)
            response["x-amzn-ErrorType"] = refusal.code
        response["x-amzn-RequestId"] = secrets.token_hex(16)
        return response

    return answer


@csrf_exempt
@require_POST
@_signed
def send_email(request: HttpRequest) -> HttpResponse:
    """`POST /v2/email/outbound-emails`: keep the mail instead of sending it."""
    body = _object(request)
    raw = _raw_message(body)
    recipients = _recipients(body)
    sender = body.get("FromEmailAddress") or ""
    if not isinstance(sender, str) or "@" not in parseaddr(sender)[1]:
        raise SesError("BadRequestException", "Missing or wrong FromEmailAddress.")
    mail_id = desk_store().add(sender=sender, recipients=recipients, raw=raw)
    return JsonResponse({"MessageId": mail_id})


@require_safe
@_signed
def get_account(request: HttpRequest) -> HttpResponse:
    """`GET /v2/email/account`: out of the sandbox, with wide quotas."""
    return JsonResponse(
        {
            "ProductionAccessEnabled": True,
            "SendingEnabled": True,
            "EnforcementStatus": "HEALTHY",
            "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 100.0, "SentLast24Hours": 0.0},
        }
    )


def _object(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise SesError("SerializationException", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise SesError("SerializationException", "The body is not an object.")
    return body


def _raw_message(body: dict[str, Any]) -> bytes:
    content = body.get("Content")
    raw = content.get("Raw") if isinstance(content, dict) else None
    data = raw.get("Data") if isinstance(raw, dict) else None
    if not isinstance(data, str):
        raise SesError("BadRequestException", "This mailbox takes Content.Raw.Data only, in base64.")
    try:
        message = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise SesError("BadRequestException", "Content.Raw.Data is not base64.") from None
    if not message:
        raise SesError("BadRequestException", "Content.Raw.Data is empty.")
    if len(message) > _MOST_BYTES:
        raise SesError("BadRequestException", "Message length is more than 41943040 bytes long.")
    return message


def _recipients(body: dict[str, Any]) -> list[str]:
    destination = body.get("Destination")
    lists = destination if isinstance(destination, dict) else {}
    written = [
        address
        for kind in ("ToAddresses", "CcAddresses", "BccAddresses")
        for address in lists.get(kind) or []
    ]
    found = [parseaddr(address)[1] if isinstance(address, str) else "" for address in written]
    if not found or not all("@" in address for address in found):
        raise SesError("BadRequestException", "Missing or wrong address in Destination.")
    if len(found) > _MOST_RECIPIENTS:
        raise SesError("MessageRejected", f"Recipient count exceeds {_MOST_RECIPIENTS}.")
    return found
