"""Token families: everything that goes back to one sign-in, revoked together when one part leaks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client, Token
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from local.identity.models import IssuedToken, Person


def end_sign_ins(person: Person) -> None:
    """End everything that goes back to any sign-in of a person: all tokens, and all sessions of browsers."""
    Token.objects.filter(user=person).delete()
    for session in Session.objects.iterator():
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()


def record_family(*, family: UUID, client: Client, values: Iterable[str], expires_at: datetime) -> None:
    """Remember that these codes or tokens belong to one sign-in."""
    hash_token = get_adapter().hash_token
    IssuedToken.objects.bulk_create(
        IssuedToken(hash=hash_token(value), family=family, client=client, expires_at=expires_at)
        for value in values
    )


def find_family(*, client: Client, token_hash: str) -> UUID | None:
    """The sign-in that a code or token of this client goes back to, if we ever issued it."""
    found = IssuedToken.objects.filter(hash=token_hash, client=client).first()
    return found.family if found else None


def revoke_family(*, client: Client, value: str) -> bool:
    """End everything that goes back to the same sign-in as `value`. False where it is not known."""
    family = find_family(client=client, token_hash=get_adapter().hash_token(value))
    if family is None:
        return False
    hashes = IssuedToken.objects.filter(family=family).values_list("hash", flat=True)
    Token.objects.filter(client=client, hash__in=list(hashes)).delete()
    return True
