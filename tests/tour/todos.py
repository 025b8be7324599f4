"""To-dos and one's own folder, as two users meet them."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.tour.person import Person
from tests.tour.signing_up import sign_up
from tests.tour.system import System, expect

SNAPSHOT_SECONDS = 30.0
TICKET = b"Lisbon - Porto, 14:09, coach 21, seat 43\n"


class TodosChapter:
    """The steps, in order. Each returns the sentence that is printed."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.list: dict[str, Any] = {}
        self.todo: dict[str, Any] = {}
        self.etag = ""
        self.synced: dict[str, Any] = {}

    def steps(self) -> list[Callable[[], str]]:
        """All of them."""
        return [
            self.sign_up_two_people,
            self.read_my_profile,
            self.make_a_list,
            self.add_a_todo,
            self.get_temporary_credentials,
            self.upload_with_the_aws_sdk,
            self.attach_the_file,
            self.read_it_back_by_a_presigned_address,
            self.read_it_back_with_the_aws_sdk,
            self.read_the_todo_again,
            self.complete_the_todo,
            self.sync_from_two_devices,
            self.decide_which_title_stays,
            self.read_the_snapshot_without_the_api,
            self.be_refused_at_anothers_folder,
            self.be_refused_at_anothers_todo,
            self.clear_up,
        ]

    def sign_up_two_people(self) -> str:
        """Both by the real pages."""
        self.nina = Person(self.system, sign_up(self.system, name="Nina"))
        self.mallory = Person(self.system, sign_up(self.system, name="Mallory"))
        return "Nina and Mallory signed up by the pages, and came back with tokens."

    def read_my_profile(self) -> str:
        """The profile is made at the first visit."""
        me = self.nina.accounts("GET", "/me", wanted=200).json()
        expect("A new profile is private", me["is_public"], False)
        return f"Nina has a profile; her subject is {me['subject']}."

    def make_a_list(self) -> str:
        """A list."""
        self.list = self.nina.todos("POST", "/lists", json={"title": "Portugal"}, wanted=201).json()
        return f"She made the list “{self.list['title']}”."

    def add_a_todo(self) -> str:
        """A to-do in it."""
        body = {"title": "Catch the train to Porto", "list_id": self.list["id"]}
        self.todo = self.nina.todos("POST", "/todos", json=body, wanted=201).json()
        return f"She added “{self.todo['title']}”."

    def get_temporary_credentials(self) -> str:
        """For one folder each."""
        self.nina.get_credentials()
        self.mallory.get_credentials()
        expires_at = self.nina.credentials["expires_at"]
        return f"Temporary credentials for {self.nina.prefix}, good until {expires_at}."

    def upload_with_the_aws_sdk(self) -> str:
        """Straight to the object store."""
        key = f"{self.nina.prefix}tickets/porto.txt"
        self.nina.s3.put_object(Bucket=self.nina.bucket, Key=key, Body=TICKET, ContentType="text/plain")
        return f"boto3 put {len(TICKET)} bytes to {key}."

    def attach_the_file(self) -> str:
        """The services ask one another whether it is there."""
        path = f"/todos/{self.todo['id']}/attachments"
        self.todo = self.nina.todos("POST", path, json={"key": "tickets/porto.txt"}, wanted=201).json()
        attached = self.todo["attachments"][0]
        expect("The attachment", (attached["name"], attached["size"]), ("porto.txt", len(TICKET)))
        return f"{attached['name']} is attached to the to-do."

    def read_it_back_by_a_presigned_address(self) -> str:
        """As a browser would."""
        key = self.todo["attachments"][0]["key"]
        answer = self.nina.accounts("POST", "/me/folder/downloads", json={"key": key}, wanted=201).json()
        expect("The file at the presigned address", httpx.get(answer["url"]).content, TICKET)
        return f"A presigned address, good for {answer['seconds']} s, gave the same bytes."

    def read_it_back_with_the_aws_sdk(self) -> str:
        """With her credentials."""
        answer = self.nina.s3.get_object(Bucket=self.nina.bucket, Key=f"{self.nina.prefix}tickets/porto.txt")
        expect("The file by boto3", answer["Body"].read(), TICKET)
        return "boto3 read the same bytes."

    def read_the_todo_again(self) -> str:
        """Conditionally: 304 means unchanged."""
        path = f"/todos/{self.todo['id']}"
        self.etag = self.nina.todos("GET", path, wanted=200).headers["ETag"]
        self.nina.todos("GET", path, headers={"If-None-Match": self.etag}, wanted=304)
        return f"Read again with If-None-Match {self.etag}: 304, nothing was sent."

    def complete_the_todo(self) -> str:
        """Once; an old version is refused."""
        path = f"/todos/{self.todo['id']}"
        done = self.nina.todos(
            "POST", f"{path}/complete", headers={"If-Match": self.etag}, json={}, wanted=200
        )
        expect("The to-do is done", done.json()["done_at"] is not None, True)
        self.nina.todos("PATCH", path, headers={"If-Match": self.etag}, json={"title": "Late"}, wanted=412)
        return "The to-do is done; a change that was based on the old version was refused with 412."

    def sync_from_two_devices(self) -> str:
        """Both offline, both change the title; the second to arrive wins, the first is kept."""
        first = self._sync("phone")
        base = first["version"]
        for device, title in (("phone", "Catch the early train"), ("tablet", "Catch the late train")):
            operation = self._operation("todo.update", self.todo["id"], base, title=title)
            self.synced = self._sync(device, operation, cursor=first["cursor"])
            self._sync(device, operation, cursor=first["cursor"])
        expect("The title", self.synced["changes"]["todos"][0]["title"], "Catch the late train")
        conflicts = self.synced["changes"]["conflicts"]
        expect("What lost", [found["losing"] for found in conflicts], ["Catch the early train"])
        return "Phone and tablet changed the title offline and sent it twice: one holds, the other is kept."

    def decide_which_title_stays(self) -> str:
        """Both operations or neither; then nothing is new."""
        conflict, base = self.synced["changes"]["conflicts"][0], self.synced["version"]
        title = {"title": conflict["losing"]}
        bring_back = {**self._operation("todo.update", self.todo["id"], base, **title), "group": "decision"}
        forget = {**self._operation("conflict.resolve", conflict["id"], base), "group": "decision"}
        self.synced = self._sync("phone", bring_back, forget, cursor=self.synced["cursor"])
        expect(
            "What is deleted", [found["kind"] for found in self.synced["changes"]["deleted"]], ["conflict"]
        )
        self.nina.todos("POST", "/sync", json={"cursor": self.synced["cursor"]}, wanted=304)
        return "She chose the early train; the next sync answered 304."

    def read_the_snapshot_without_the_api(self) -> str:
        """The worker puts it into her folder some seconds after the last change."""
        key = f"{self.nina.prefix}todos/snapshot.json.gz"
        deadline = time.monotonic() + SNAPSHOT_SECONDS
        version = 0
        while version < self.synced["version"] and time.monotonic() < deadline:
            time.sleep(0.5)
            found = self.nina.s3.list_objects_v2(Bucket=self.nina.bucket, Prefix=key).get("Contents", [])
            if found:
                body = self.nina.s3.get_object(Bucket=self.nina.bucket, Key=key)["Body"].read()
                snapshot = json.loads(gzip.decompress(body))
                version = snapshot["version"]
        expect("The version of the snapshot", version, self.synced["version"])
        expect("The title in it", snapshot["todos"][0]["title"], "Catch the early train")
        self.nina.expect_refusal("put_object", Key=key, Body=b"{}")
        return f"boto3 read version {version} of her to-dos straight from {key}; writing there was refused."

    def _sync(self, device: str, *operations: dict[str, Any], cursor: str | None = None) -> dict[str, Any]:
        body = {"cursor": cursor, "device": device, "operations": list(operations)}
        answer: dict[str, Any] = self.nina.todos("POST", "/sync", json=body, wanted=200).json()
        return answer

    def _operation(self, kind: str, target: str, base: int, **fields: Any) -> dict[str, Any]:
        return {"id": str(uuid.uuid4()), "kind": kind, "target": target, "base": base, "set": fields}

    def be_refused_at_anothers_folder(self) -> str:
        """Mallory holds good credentials, for her own folder."""
        mallory, key = self.mallory, f"{self.nina.prefix}tickets/porto.txt"
        mallory.expect_refusal("get_object", Key=key)
        mallory.expect_refusal("head_object", Key=key)
        mallory.expect_refusal("put_object", Key=key, Body=b"mine now")
        mallory.expect_refusal("delete_object", Key=key)
        mallory.expect_refusal("list_objects_v2", Prefix=self.nina.prefix)
        source = {"Bucket": self.nina.bucket, "Key": key}
        mallory.expect_refusal("copy_object", Key=f"{mallory.prefix}copy.txt", CopySource=source)
        kept = self.nina.s3.get_object(Bucket=self.nina.bucket, Key=key)["Body"].read()
        expect("Nina's file after Mallory's tries", kept, TICKET)
        return "Mallory was refused at it six times: get, head, put, delete, list, copy."

    def be_refused_at_anothers_todo(self) -> str:
        """What is not hers does not exist for her."""
        self.mallory.todos("GET", f"/todos/{self.todo['id']}", wanted=404)
        path = f"/todos/{self.todo['id']}/attachments"
        self.mallory.todos("POST", path, json={"key": "tickets/porto.txt"}, wanted=404)
        return "For Mallory there is no such to-do."

    def clear_up(self) -> str:
        """Delete what was made."""
        self.nina.todos("DELETE", f"/todos/{self.todo['id']}", wanted=204)
        self.nina.todos("DELETE", f"/lists/{self.list['id']}", wanted=204)
        self.nina.accounts("POST", "/me/folder/deletions", json={"keys": ["tickets/porto.txt"]}, wanted=204)
        self.nina.todos("GET", f"/todos/{self.todo['id']}", wanted=404)
        usage = self.nina.accounts("GET", "/me/folder/usage", wanted=200).json()
        expect("Bytes in the folder", usage["used_bytes"], 0)
        return "To-do, list and file are deleted; the folder is empty."
