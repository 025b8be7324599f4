"""HTTP of sync, of snapshots, and of what sync leaves to decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chassis.auth import subject_of
from chassis.compression import compressed
from chassis.conditional import etag_of_version, if_match_versions, not_modified, with_etag
from chassis.openapi import problem_responses
from chassis.pagination import read_page, sign_cursor
from chassis.problems import operation_problem
from chassis.rate_limits import WriteRateThrottle
from todos import commands, queries
from todos.api import sync_serializers as schemas
from todos.api.reading import reading, version_seen, version_to_show
from todos.api.serializers import ConflictPageSerializer
from todos.api.sync_bodies import SyncBody, read_sync_body, require_write_scope
from todos.api.views import CONDITIONAL_READ, CONDITIONAL_WRITE, PAGE_PARAMETERS, after_of, document_of
from todos.cursors import read_position, sign_position
from todos.models import Account
from todos.queries import START, Position

SNAPSHOT_PAGE = 1000


class SyncRateThrottle(WriteRateThrottle):
    """Counts what brings operations. Looking for what is new is a read, like any other."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request if it writes."""
        body = request.data
        if isinstance(body, dict) and not body.get("operations"):
            return True
        return super().allow_request(request, view)


class SyncView(APIView):
    """Sends what a device has done, and gets what it has not seen."""

    # Operations need `todos/write` as well.
    required_scopes = {"POST": ["todos/read"]}
    throttle_classes = [SyncRateThrottle]

    @extend_schema(
        operation_id="sync",
        request=schemas.SyncSerializer,
        responses={200: schemas.SyncedSerializer, 304: None, **problem_responses(410)},
    )
    def post(self, request: Request) -> Response:
        """Carry out operations once each, then answer what is newer than the cursor.

        304 when nothing is new and nothing was sent. 410 when the cursor is too old: take a snapshot.
        The rules are in `docs/sync.md`.
        """
        subject = subject_of(request)
        body = read_sync_body(request)
        since = START if body.cursor is None else read_position(body.cursor, subject=subject)
        results: list[dict[str, Any]] = []
        if body.operations:
            require_write_scope(request)
            # Before anything is carried out: who must begin anew sends its operations again after.
            queries.require_current(queries.read_account(subject), since)
            results = commands.carry_out(
                subject=subject, device=body.device, operations=body.operations, describe=operation_problem
            )
            return _synced(queries.read_account(subject), since, body, results)
        with reading(subject, seen=since.seen) as account:
            queries.require_current(account, since)
            if body.cursor is not None and since == Position(account.version):
                return with_etag(Response(status=304), etag_of_version(account.version))
            return _synced(account, since, body, results)


class SnapshotView(APIView):
    """All that is there."""

    required_scopes = {"GET": ["todos/read"]}

    @extend_schema(
        operation_id="read_snapshot",
        parameters=[*PAGE_PARAMETERS, CONDITIONAL_READ],
        responses={200: schemas.SnapshotPageSerializer, 304: None},
    )
    def get(self, request: Request) -> Response:
        """Everything as of one version, page by page; `cursor` goes on from there in sync.

        A row that changes while the pages are read is left out, and comes with the next sync.
        """
        subject = subject_of(request)
        scope = f"snapshot:{subject}"
        page = read_page(request, scope=scope)
        if page.after is None:
            # It takes the place of a copy that may be newer than the replica.
            pinned, after = max(version_seen(request), version_to_show(subject)), None
        else:
            pinned, kind, row = page.after
            after = (kind, UUID(row))
        with reading(subject, seen=pinned) as account:
            version = account.version if after is None else pinned
            etag = etag_of_version(version)
            if after is None and (unchanged := not_modified(request, etag)) is not None:
                return unchanged
            limit = page.limit if "limit" in request.query_params else SNAPSHOT_PAGE
            found = queries.read_snapshot_page(account, version=version, after=after, limit=limit)
        document = {
            "version": version,
            "cursor": sign_position(Position(version), subject=subject),
            **found.rows,
            "next": None,
        }
        if found.after is not None:
            query = request.query_params.copy()
            query["cursor"] = sign_cursor([version, found.after[0], str(found.after[1])], scope=scope)
            document["next"] = f"{request.build_absolute_uri(request.path)}?{query.urlencode()}"
        return compressed(with_etag(Response(document), etag))


class ConflictsView(APIView):
    """Values that lost."""

    required_scopes = {"GET": ["todos/read"]}

    @extend_schema(
        operation_id="list_conflicts",
        parameters=[*PAGE_PARAMETERS, CONDITIONAL_READ],
        responses={200: ConflictPageSerializer, 304: None},
    )
    def get(self, request: Request) -> Response:
        """What is undecided, the oldest first."""
        subject = subject_of(request)
        scope = f"conflicts:{subject}"
        with reading(subject, seen=version_seen(request)) as account:
            etag = etag_of_version(account.version)
            if (unchanged := not_modified(request, etag)) is not None:
                return unchanged
            page = read_page(request, scope=scope)
            found = queries.list_conflicts(subject=subject, after=after_of(page.after), limit=page.limit + 1)
        return with_etag(Response(document_of(request, found, page.limit, scope)), etag)


class ConflictView(APIView):
    """One value that lost."""

    required_scopes = {"DELETE": ["todos/write"]}

    @extend_schema(
        operation_id="resolve_conflict",
        parameters=[CONDITIONAL_WRITE],
        responses={204: None, **problem_responses(412)},
    )
    def delete(self, request: Request, conflict_id: UUID) -> Response:
        """The user has decided. To bring the other value back, change the to-do, too."""
        commands.resolve_conflict(
            subject=subject_of(request), conflict_id=conflict_id, if_versions=if_match_versions(request)
        )
        return Response(status=204)


def _synced(account: Account, since: Position, body: SyncBody, results: list[dict[str, Any]]) -> Response:
    changes = queries.read_changes(account, since=since, limit=body.limit)
    document = {
        # The next page is as new as this one, so nobody misses meanwhile what they have just sent.
        "cursor": sign_position(replace(changes.position, seen=account.version), subject=account.subject),
        "version": changes.position.version,
        "more": not changes.is_last,
        "results": results,
        "changes": {
            **{kind: changes.rows.get(kind, []) for kind in queries.KINDS},
            "deleted": changes.deleted,
        },
    }
    return compressed(with_etag(Response(document), etag_of_version(account.version)))
