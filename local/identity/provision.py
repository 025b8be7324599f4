"""Make the provider ready: database, signing key, clients and demo people. Safe to run again."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Client, Token
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from local.identity import settings
from local.identity.clients import FirstPartyClient
from local.identity.hashers import ClientSecretHasher
from local.identity.models import IssuedToken, Person
from local.identity.people import DEMO_PEOPLE, DemoPerson
from local.identity.signing_keys import add_signing_key, list_signing_keys

GROUPS = ("editors", "admins")


def prepare() -> str:
    """Bring the provider's state up to date; what is right already is left alone.

    Returns:
        One sentence about what is there.
    """
    _migrate()
    if not list_signing_keys(settings.SIGNING_KEYS_DIR):
        add_signing_key(settings.SIGNING_KEYS_DIR)
    with transaction.atomic():
        _drop_expired()
        groups = {name: Group.objects.get_or_create(name=name)[0] for name in GROUPS}
        for client in settings.CLIENTS:
            _register_client(client)
        # A client whose secret was taken away must not go on getting tokens.
        Client.objects.exclude(id__in=[client.id for client in settings.CLIENTS]).delete()
        for person in DEMO_PEOPLE:
            _welcome(person, groups)
    counts = f"{len(settings.CLIENTS)} clients, {len(DEMO_PEOPLE)} demo people"
    return f"Identity is ready at {settings.OIDC_ISSUER}: {counts}."


def rotate_key() -> str:
    """Add a signing key; the one before it stays published until its last token has expired."""
    add_signing_key(settings.SIGNING_KEYS_DIR)
    count = len(list_signing_keys(settings.SIGNING_KEYS_DIR))
    return f"A fresh key signs from now on; {count} keys are published."


def _migrate() -> None:
    """Tables as the code wants them; `migrate` itself takes a second even where nothing is to do."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)


def _drop_expired() -> None:
    Token.objects.expired().delete()
    IssuedToken.objects.filter(expires_at__lt=timezone.now()).delete()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def _register_client(wanted: FirstPartyClient) -> None:
    client = Client.objects.filter(id=wanted.id).first() or Client(id=wanted.id)
    client.name = wanted.name
    client.type = Client.Type.CONFIDENTIAL if wanted.secret else Client.Type.PUBLIC
    client.set_scopes(list(wanted.scopes))
    # As Cognito: who asks for nothing gets all that the client may have.
    client.set_default_scopes(list(wanted.scopes))
    client.set_redirect_uris(list(wanted.redirects))
    client.set_post_logout_redirect_uris(list(wanted.logout_redirects))
    people = [Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN]
    client.set_grant_types(people if wanted.redirects else [Client.GrantType.CLIENT_CREDENTIALS])
    client.set_response_types(["code"] if wanted.redirects else [])
    client.skip_consent = not wanted.asks_consent
    client.cors_origins = ""
    if not wanted.secret:
        client.secret = make_password(None)
    elif not check_password(wanted.secret, client.secret):
        client.secret = make_password(wanted.secret, hasher=ClientSecretHasher.algorithm)
    client.save()


def _welcome(wanted: DemoPerson, groups: dict[str, Group]) -> None:
    """Make a demo person once; a password that was changed since stays changed."""
    person = Person.objects.filter(subject=wanted.subject).first()
    if person is None:
        if Person.objects.filter(email=wanted.email).exists():
            return  # Somebody signed up with this address on a desk without demo people.
        person = Person.objects.create_user(
            wanted.email, wanted.password, name=wanted.name, subject=wanted.subject
        )
        EmailAddress.objects.create(user=person, email=wanted.email, verified=True, primary=True)
    person.groups.add(*(groups[name] for name in wanted.groups))
