"""The clients of the desk: who may ask for tokens, for which scopes, and where people are sent back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

PROFILE_SCOPES = ("openid", "email", "profile")
# The same words as the services' OIDC_USER_CLIENTS and OIDC_SERVICE_CLIENTS (a test holds them equal).
USER_SCOPES = ("accounts/read", "accounts/write", "accounts/folder", "todos/read", "todos/write")
# For the clients by which staff work; whoever is in no staff group gets nowhere with them.
STAFF_SCOPES = ("blog/read", "blog/write", "updates/read", "updates/write")
# Where `quartet-publish login` waits for the browser (RFC 8252, section 7.3).
PUBLISH_REDIRECT = "http://127.0.0.1:8765/callback"
# A mobile application comes back by a scheme of its own (RFC 8252 §7.1: its maker's domain name, reversed)
# or by an https address that the system hands to it (§7.2).
MOBILE_REDIRECTS = ("org.quartet.todos:/callback", "https://todos.quartet.example/callback")
SERVICE_SCOPES = {
    "service-accounts": ("todos/erase", "todos/export"),
    "service-todos": ("accounts/attach",),
    "service-blog": (),
    "service-updates": ("blog/announce",),
}


@dataclass(frozen=True)
class FirstPartyClient:
    """One client as it is registered. Without a secret it is public; without redirects, a service."""

    id: str
    name: str
    scopes: tuple[str, ...]
    secret: str = ""
    redirects: tuple[str, ...] = ()
    logout_redirects: tuple[str, ...] = ()
    asks_consent: bool = False

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins that people are sent back to."""
        return tuple(origin_of(address) for address in (*self.redirects, *self.logout_redirects))


def origin_of(address: str) -> str:
    """Scheme, host and port of an address (RFC 6454); an application's own scheme stands for itself."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def first_party_clients(
    *,
    web_urls: Sequence[str],
    public_url: str,
    tour_redirect: str,
    secrets: Mapping[str, str],
    asking_consent: Collection[str] = (),
) -> list[FirstPartyClient]:
    """All clients of the desk. A confidential one whose secret is empty is left out.

    `web_urls` are the web processes, each with an admin of its own.
    """
    web_client = f"{public_url}/clients/todos/index.html"
    people = (*PROFILE_SCOPES, *USER_SCOPES)
    found = [
        FirstPartyClient(
            "todos-web",
            "Quartet to-dos",
            people,
            redirects=(web_client,),
            logout_redirects=(web_client,),
            asks_consent="todos-web" in asking_consent,
        ),
        _mobile_client(people, asks_consent="todos-mobile" in asking_consent),
        FirstPartyClient(
            "quartet-tour",
            "Quartet tour",
            (*people, *STAFF_SCOPES),
            redirects=(tour_redirect,),
            logout_redirects=(tour_redirect,),
            asks_consent="quartet-tour" in asking_consent,
        ),
        _publish_client(asks_consent="quartet-publish" in asking_consent),
    ]
    if secret := secrets.get("quartet-admin"):
        found.append(_staff_client(web_urls, secret, asks_consent="quartet-admin" in asking_consent))
    for service, scopes in SERVICE_SCOPES.items():
        if secret := secrets.get(service):
            found.append(FirstPartyClient(service, f"{service} (service)", scopes, secret))
    return found


def _mobile_client(scopes: tuple[str, ...], *, asks_consent: bool) -> FirstPartyClient:
    return FirstPartyClient(
        "todos-mobile",
        "Quartet to-dos for phones",
        scopes,
        redirects=MOBILE_REDIRECTS,
        logout_redirects=MOBILE_REDIRECTS,
        asks_consent=asks_consent,
    )


def _publish_client(*, asks_consent: bool) -> FirstPartyClient:
    return FirstPartyClient(
        "quartet-publish",
        "quartet-publish",
        (*PROFILE_SCOPES, "updates/read", "updates/write"),
        redirects=(PUBLISH_REDIRECT,),
        logout_redirects=(PUBLISH_REDIRECT,),
        asks_consent=asks_consent,
    )


def _staff_client(web_urls: Sequence[str], secret: str, *, asks_consent: bool) -> FirstPartyClient:
    """One client for every web process's admin."""
    return FirstPartyClient(
        "quartet-admin",
        "Quartet staff",
        PROFILE_SCOPES,
        secret,
        redirects=tuple(f"{url}/admin/oidc/callback" for url in web_urls),
        logout_redirects=tuple(f"{url}/admin/login/" for url in web_urls),
        asks_consent=asks_consent,
    )
