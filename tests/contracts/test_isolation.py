"""mallory tries every address of every service with what is alice's, and gets and changes nothing.

The addresses come from the URL map, so a new one is tried by itself. A new kind of name in an address
fails here until alice has one of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from chassis.storage import s3_client
from tests.api_client import ApiClient
from tests.house_rules.test_doors import DOORS, Door
from todos import commands

SECRET = "only-alice-knows-this"
FILE = f"{SECRET}.txt"
BUCKET = "quartet-users"
TODOS = "/api/todos/v1"
FOLDER = "/api/accounts/v1/me/folder"
# Services whose rows belong to users; of the others everything is staff's or public.
OF_USERS = ("api/accounts/", "api/todos/")
MINE = [door for door in DOORS if door.audience == "user" and door.route.startswith(OF_USERS)]


@dataclass(frozen=True)
class World:
    """What is alice's: names in addresses, cursors, and bodies that name it."""

    names: dict[str, str]
    cursors: list[str]
    bodies: list[Any]

    def address(self, door: Door) -> str:
        """The address with alice's names in it."""
        path = f"/{door.route}"
        for part in door.route.split("<")[1:]:
            declared = part.split(">")[0]
            path = path.replace(f"<{declared}>", self.names[declared.split(":")[-1]])
        return path


@pytest.fixture
def alice(client_of: Callable[..., ApiClient], db: None) -> ApiClient:
    """Hers it is."""
    return client_of("alice")


@pytest.fixture
def world(alice: ApiClient, object_store: Any) -> World:
    """A list, to-dos, an attachment, a conflict, a file, an upload, and cursors of all kinds."""
    key = f"users/alice/{FILE}"
    s3_client().put_object(Bucket=BUCKET, Key=key, Body=SECRET.encode())
    found = commands.create_list(subject="alice", title=SECRET)
    todos = [commands.create_todo(subject="alice", title=SECRET, list_id=found.id) for _ in range(2)]
    file = commands.CheckedFile(key=FILE, size=3, content_type="text/plain")
    _, attachment = commands.attach_file(subject="alice", todo_id=todos[0].id, file=file)
    for device in ("a", "b"):
        sent = _operation("todo.update", todos[0].id, 3, title=f"{SECRET} {device}")
        synced = alice.post(f"{TODOS}/sync", {"device": device, "operations": [sent]}).json()
    conflict = alice.get(f"{TODOS}/conflicts").json()["items"][0]
    names = {
        "list_id": str(found.id),
        "todo_id": str(todos[0].id),
        "attachment_id": str(attachment.id),
        "conflict_id": conflict["id"],
        "profile_id": alice.get("/api/accounts/v1/me").json()["id"],
    }
    pages = [alice.get(f"{TODOS}/{kind}?limit=1").json().get("next") for kind in ("todos", "snapshot")]
    cursors = [synced["cursor"], *[page.split("cursor=")[1] for page in pages if page]]
    return World(names, cursors, _bodies(names, synced["cursor"]))


def _operation(kind: str, target: object, base: int, **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "kind": kind, "target": str(target), "base": base, "set": fields}


def _bodies(names: dict[str, str], cursor: str) -> list[Any]:
    """Bodies of every address, with alice's names wherever a name can stand."""
    keys = [FILE, f"../alice/{FILE}", f"users/alice/{FILE}"]
    operations = [
        _operation("list.update", names["list_id"], 1, title="mallory's"),
        _operation("list.delete", names["list_id"], 1),
        _operation("todo.update", names["todo_id"], 1, title="mallory's"),
        _operation("todo.complete", names["todo_id"], 1),
        _operation("todo.delete", names["todo_id"], 1),
        _operation("todo.create", names["todo_id"], 1, title="mallory's"),
        _operation("todo.create", uuid.uuid4(), 0, title="m", list_id=names["list_id"]),
        _operation("todo.create", uuid.uuid4(), 0, title="m", parent_id=names["todo_id"]),
        _operation("conflict.resolve", names["conflict_id"], 1),
    ]
    return [
        {},
        {"title": "mallory's"},
        {"title": "m", "list_id": names["list_id"]},
        {"title": "m", "parent_id": names["todo_id"]},
        {"id": names["todo_id"], "title": "m"},
        {"id": names["list_id"], "title": "m"},
        {"cursor": cursor},
        {"device": "m", "operations": operations},
        {
            "todos": [{"id": names["todo_id"], "title": "m"}],
            "lists": [{"id": names["list_id"], "title": "m"}],
        },
        *[{"key": key} for key in keys],
        *[{"keys": [key]} for key in keys],
        *[{"key": key, "content_type": "text/plain", "size": 3} for key in keys],
    ]


def _everything(alice: ApiClient) -> Any:
    """All that alice has, to see that it is as it was."""
    files = s3_client().list_objects_v2(Bucket=BUCKET, Prefix="users/alice/")
    return (
        alice.get(f"{TODOS}/export.json").json(),
        alice.get("/api/accounts/v1/me").json(),
        sorted((found["Key"], found["ETag"]) for found in files.get("Contents", [])),
    )


def test_the_map_has_the_doors_that_matter() -> None:
    routes = {door.route for door in MINE}

    assert {"api/todos/v1/sync", "api/todos/v1/snapshot", "api/accounts/v1/me/folder/credentials"} <= routes


def test_no_door_opens_to_what_is_anothers(
    world: World, alice: ApiClient, client_of: Callable[..., ApiClient], settings: Any
) -> None:
    settings.API_WRITES_PER_MINUTE = 1_000_000
    mallory, before = client_of("mallory"), _everything(alice)

    for door in MINE:
        address = world.address(door)
        queries = [
            "",
            *[f"?cursor={cursor}" for cursor in world.cursors],
            f"?prefix=../alice/&list={world.names['list_id']}",
        ]
        for query in queries if door.method == "GET" else [""]:
            for body in [None] if door.method in ("GET", "DELETE") else world.bodies:
                response = mallory.request(door.method, address + query, body)

                assert response.status_code < 500, (door, body)
                assert SECRET not in response.content.decode(errors="replace").replace(FILE, ""), (door, body)
                # No signed address into her folder; below one's own, any name may stand.
                assert f"{BUCKET}/users/alice/" not in response.content.decode(errors="replace"), (door, body)
                names_hers = "<" in door.route
                assert not names_hers or response.status_code in (400, 404, 409, 412), (
                    door,
                    response.status_code,
                )
        assert _everything(alice) == before, door


def test_the_same_requests_work_for_alice(world: World, alice: ApiClient) -> None:
    """Else the test above would show nothing."""
    for door in MINE:
        if door.method == "GET" and "<" in door.route:
            response = alice.get(world.address(door))

            assert response.status_code == 200, door
    for cursor in world.cursors[:1]:
        assert alice.post(f"{TODOS}/sync", {"cursor": cursor}).status_code == 304
