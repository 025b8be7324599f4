"""Schemathesis: every operation of every service, with requests made from its OpenAPI document.

Requests go through the WSGI application in this process, with a real object store. They are the same
in every run, so what failed once fails again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.conf import settings as configured
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis import Case, Config
from schemathesis.checks import CHECKS
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from config.wsgi import application
from tests.api_client import ApiClient
from tests.house_rules.sources import ROOT
from tests.issuer import Issuer

EXAMPLES = 20
FILE = "notes.txt"
OF_A_FILE = {"attach_file", "begin_download", "check_attachment"}

# Checks that are switched off, each with the reason. All others are on.
CHECKS_OFF: dict[str, str] = {}
# Rules that JSON Schema cannot say: a 400 that finds nothing but these is no fault of the document.
BEYOND_THE_DOCUMENT = {
    "bidi-override",
    "before-publish",  # one time after another
    "blank",  # nothing but white space
    "control-character",
    "invalid-cursor",  # not signed by this deployment, or for another list
    "file-name-taken",
    "invalid-file-name",  # such as one without the version of its release
    "device-missing",  # operations come from a device
    "group-split",  # the operations of a group stand together
    "incomplete-due",  # a time needs a day and a zone
    "invalid-recurrence",  # a rule of RFC 5545
    "invalid-key",  # bytes, not characters, are counted
    "no-such-part",  # a number above those that this file is cut into
    "null-characters-not-allowed",
    "reserved",  # a slug that is another page
    "unknown-photo",
    "out-of-range",  # JSON Schema has no bounds for days
    "too-large",  # a limit of this deployment
    "not-a-version",  # a rule of the product's scheme
    "not-a-file",  # the name of a pipeline's file, as its provider writes it
    "not-a-key",
    "not-a-word",  # a tag, such as one with a comma
    "not-an-address",  # of a page elsewhere
    "not-a-signature",
    "twice",
    "too-many",
    "not-a-locale",  # BCP 47
    "not-a-repository",  # as its provider writes it
    "not-a-schedule",  # steps in words
    "not-higher",  # than the last version of its channel
    "one-of-both",
    "falling",  # a rollout only grows
    "past",  # a time that is over
    "too-far",
    "not-later",  # each step comes after the one before
    "time-missing",
    "empty-range",
    "steps",
    "unknown-system",
    "not-a-list",
    "missing",  # what another field asks for
    "taken",  # a short name or a slug in use
    "taken-away",  # a format of a product stays
    "too-high",  # a minimum version above the release itself
    "unfit",  # a format that the product or the release cannot serve
    "unknown",  # an issuer or a time zone that this deployment does not know
    "unknown-key",  # of an upload: it holds the id of the one that was begun
    "unknown-list",
    "unknown-parent",
    "unknown-zone",  # of the IANA database
}
# Statuses that a request of the right form may be answered by, beyond schemathesis's own: the
# document cannot say that an If-Match is stale, a key reused, or a file not there.
ALSO_ACCEPTED = ["2xx", "304", "401", "403", "404", "409", "412", "422", "429", "503"]
# A request with two faults may be refused for either: a stale If-Match, or the fault in its body.
# An account that has not changed is answered 304 before the query is read: one read by primary key.
ALSO_REFUSED = ["304", "400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "429"]

CONFIG = Config.from_dict(
    {
        # NUL bytes in an address are refused before any view (`tests/chassis/test_problems.py`).
        "generation": {
            "max-examples": EXAMPLES,
            "deterministic": True,
            "database": "none",
            "allow-x00": False,
        },
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ALSO_ACCEPTED},
            "negative_data_rejection": {"expected-statuses": ALSO_REFUSED},
            **{name: {"enabled": False} for name in CHECKS_OFF},
        },
    }
)


def _document(service: str) -> Any:
    """The committed document, which equals what the code says (`manage.py openapi --check`)."""
    document = schemathesis.openapi.from_path(ROOT / "docs" / "openapi" / f"{service}.yaml", config=CONFIG)
    document.app = application
    return document


@dataclass(frozen=True)
class World:
    """Valid credentials, and things that are there, so that requests do not only meet 404."""

    user: str
    # By scope: a service's for internal addresses, an editor's for theirs.
    others: dict[str, str]
    names: dict[str, str]

    def headers(self, case: Case[Any]) -> dict[str, str]:
        """A token for this operation: a user's, an editor's, or for internal addresses a service's."""
        asked = case.operation.definition.raw.get("security", [{"bearer": []}])[0].get("bearer", [])
        token = next((self.others[scope] for scope in asked if scope in self.others), self.user)
        # schemathesis does not unpack what a WSGI application compressed.
        return {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}

    def aim(self, case: Case[Any]) -> None:
        """Point the well-formed parts of a request at what is there."""
        components = case.meta.components if case.meta else {}
        positive = {place for place, part in components.items() if part.mode.is_positive}
        if ParameterLocation.PATH in positive:
            case.path_parameters = {
                name: self.names.get(name, value) for name, value in case.path_parameters.items()
            }
        if ParameterLocation.HEADER in positive and "If-Match" in case.headers:
            case.headers["If-Match"] = "*"
        if ParameterLocation.BODY in positive and case.operation.definition.raw["operationId"] in OF_A_FILE:
            body: Any = case.body
            case.body = {name: self.names.get(name, value) for name, value in body.items()}


@pytest.fixture
def world(issuer: Issuer, object_store: Any, transactional_db: None, settings: Any) -> World:
    """alice with a list, a to-do, and a file that is attached to it; as far as this process has them."""
    settings.API_WRITES_PER_MINUTE = 1_000_000
    settings.ALLOWED_HOSTS = ["localhost", "testserver", "127.0.0.1"]
    others = {
        scope: issuer.token(client, client_id=client, scope=" ".join(scopes), exp=2**31)
        for client, scopes in configured.OIDC_SERVICE_CLIENTS.items()
        for scope in scopes
    }
    editor = issuer.editor_token(exp=2**31)
    others.update(dict.fromkeys(configured.STAFF_SCOPES.split(), editor))
    user = issuer.token("alice", exp=2**31)
    return World(user=user, others=others, names={"subject": "alice", "key": FILE, **_make(user, editor)})


def _make(user: str, editor: str) -> dict[str, str]:
    from chassis.storage import s3_client

    alice = ApiClient(user)
    s3_client().put_object(Bucket=configured.S3_USERS_BUCKET, Key=f"users/alice/{FILE}", Body=b"notes")
    names = {}
    if "accounts" in configured.SERVICES:
        names["profile_id"] = alice.get("/api/accounts/v1/me").json()["id"]
        alice.patch("/api/accounts/v1/me", {"is_public": True})
    if "todos" in configured.SERVICES:
        names["list_id"] = alice.post("/api/todos/v1/lists", {"title": "Home"}).json()["id"]
        names["todo_id"] = alice.post("/api/todos/v1/todos", {"title": "Buy milk"}).json()["id"]
    if "updates" in configured.SERVICES:
        edith = ApiClient(editor)
        names["product"] = edith.post("/api/updates/v1/products", {"slug": "tide", "name": "Tide"}).json()[
            "slug"
        ]
        release = {"channel": "stable", "version": "1.0.0"}
        made = edith.post("/api/updates/v1/products/tide/releases", release).json()
        declared = {"operating_system": "any", "architecture": "any", "kind": "full", "sha256": "0" * 64}
        artifact = {"file_name": "tide-1.0.0.zip", "size": 1, **declared}
        added = edith.post(f"/api/updates/v1/releases/{made['id']}/artifacts", artifact).json()
        names.update(product="tide", channel="stable", release_id=made["id"], artifact_id=added["id"])
    if "blog" in configured.SERVICES:
        names["post_id"] = ApiClient(editor).post("/api/blog/v1/posts", {"title": "Tides"}).json()["id"]
    if {"accounts", "todos"} <= set(configured.SERVICES):
        attached = alice.post(f"/api/todos/v1/todos/{names['todo_id']}/attachments", {"key": FILE}).json()
        names["attachment_id"] = attached["attachments"][0]["id"]
    return names


def _conformance_test(service: str) -> Any:
    @pytest.mark.xdist_group(f"schemathesis-{service}")
    @_document(service).parametrize()
    @hypothesis_settings(
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def test(case: Case[Any], world: World) -> None:
        world.aim(case)

        response = case.call(headers=world.headers(case))

        case.validate_response(response, headers=world.headers(case), excluded_checks=_excluded(response))

    return test


def _excluded(response: Any) -> list[Any]:
    """The acceptance check, where a rule refused the request that no document can hold."""
    if response.status_code != 400:
        return []
    codes = {finding["code"] for finding in response.json().get("errors", ())}
    return [positive_data_acceptance] if codes and codes <= BEYOND_THE_DOCUMENT else []


for _service in configured.SERVICES:
    globals()[f"test_{_service}_answers_as_its_document_says"] = _conformance_test(_service)


def test_every_check_that_is_off_exists_and_has_a_reason() -> None:
    names = {check.__name__ for check in CHECKS.get_all()}

    assert set(CHECKS_OFF) <= names
    assert all(len(reason) > 20 for reason in CHECKS_OFF.values())
