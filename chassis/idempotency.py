"""`Idempotency-Key` on creating POSTs: the first answer, again, for a repeated request.

The answer is stored in the transaction that makes the change, so a process that dies between
commit and answer leaves both or neither (draft-ietf-httpapi-idempotency-key-header).
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.errors import InvalidInput, UnprocessableRequest
from chassis.models import IdempotencyRecord
from chassis.renderers import ORJSONRenderer
from chassis.transactions import in_transaction

_KEY = re.compile(r'"?([!#-\[\]-~]{1,255})"?', re.ASCII)
_KEPT_HEADERS = ("Location", "ETag", "Cache-Control")


class IdempotencyKeyReused(UnprocessableRequest):
    """The key was used before with another request."""

    code = "idempotency-key-reused"
    title = "This Idempotency-Key was used with another request. Make a new key."


class IdempotentCreateMixin:
    """Mix into an APIView whose POST creates.

    The view implements `create(request, prepared, **kwargs)`, which runs inside the transaction
    that stores its answer. What must stay outside of a transaction (asking another service, S3)
    goes into `prepare(request, **kwargs)`, which runs before, and not at all on a replay.
    """

    def prepare(self, request: Request, **kwargs: Any) -> Any:
        """Validate, and ask whatever is outside of the database. Its result is given to `create`."""
        return None

    def create(self, request: Request, prepared: Any, **kwargs: Any) -> Response:
        """Make the change and answer."""
        raise NotImplementedError

    def post(self, request: Request, **kwargs: Any) -> Response:
        """Create once for each key.

        Raises:
            InvalidInput: the key is empty, longer than 255 characters or has odd characters.
            IdempotencyKeyReused: another request was sent under this key.
        """
        key = _key_of(request)
        if key is None:
            return self.create(request, self.prepare(request, **kwargs), **kwargs)
        record = IdempotencyRecord(subject=str(request.user.pk), key=key, fingerprint=_fingerprint(request))
        if (stored := _stored_answer(record)) is not None:
            return stored
        prepared = self.prepare(request, **kwargs)

        def create_and_store() -> Response:
            record.save(force_insert=True)
            response = self.create(request, prepared, **kwargs)
            _store(record, response)
            return response

        try:
            return in_transaction(create_and_store)
        except IntegrityError:
            # Whoever was first has committed by now: the insert waited for it.
            stored = _stored_answer(record)
            if stored is None:
                raise
            return stored


def _key_of(request: Request) -> str | None:
    header = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if header is None:
        return None
    match = _KEY.fullmatch(header.strip())
    if match is None:
        raise InvalidInput("Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID.")
    return match.group(1)


def _fingerprint(request: Request) -> str:
    parts = [request.method or "", request.get_full_path(), ORJSONRenderer().render(request.data).decode()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _stored_answer(asked: IdempotencyRecord) -> Response | None:
    found = IdempotencyRecord.objects.filter(subject=asked.subject, key=asked.key).first()
    if found is None:
        return None
    if found.created_at < timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS):
        found.delete()
        return None
    if found.fingerprint != asked.fingerprint:
        raise IdempotencyKeyReused
    body = found.body.encode() if found.body else None
    return Response(body, status=found.status, headers={**found.headers, "Idempotency-Replayed": "true"})


def _store(record: IdempotencyRecord, response: Response) -> None:
    record.status = response.status_code
    record.headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    record.body = ORJSONRenderer().render(response.data).decode()
    record.save(update_fields=["status", "headers", "body"])
