"""Only a service's commands write to the database: every door calls the same use case."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.test import RequestFactory

from tests.house_rules.sources import ROOT, name, service_files, syntax_tree

# Manager, queryset and model methods that write take no positional argument; a dictionary's or a
# hash's `update`, a storage's or a picture's `save` and `delete` do.
WRITING_BY_KEYWORDS = {"save", "create", "update", "delete", "asave", "acreate", "aupdate", "adelete"}
WRITING_ALWAYS = {
    "bulk_create", "bulk_update", "abulk_create", "abulk_update", "get_or_create", "aget_or_create",
    "update_or_create", "aupdate_or_create", "raw", "execute", "executemany",
}  # fmt: skip

# path → why it may.
ALLOWED: dict[str, str] = {}


def _writing_calls(path: Path) -> list[str]:
    calls = [node for node in ast.walk(syntax_tree(path)) if isinstance(node, ast.Call)]
    return [f"{name(path)}:{call.lineno}" for call in calls if _writes(call)]


def _writes(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute):
        return False
    method = call.func.attr
    return method in WRITING_ALWAYS or (method in WRITING_BY_KEYWORDS and not call.args)


def _is_command(path: Path) -> bool:
    _, *rooms = name(path).split("/")
    return rooms[0] in ("commands.py", "commands")


def test_nothing_but_commands_writes() -> None:
    found = [
        call
        for path in service_files()
        if not _is_command(path) and name(path) not in ALLOWED
        for call in _writing_calls(path)
    ]

    assert found == []


def test_the_services_commands_do_write() -> None:
    """Else the rule above looks at the wrong files."""
    writing = {
        name(path).split("/")[0] for path in service_files() if _is_command(path) and _writing_calls(path)
    }

    assert writing == set(settings.KNOWN_SERVICES)


@pytest.mark.parametrize(
    ("statement", "is_write"),
    [
        ("todo.save()", True),
        ("todo.save(update_fields=['title'])", True),
        ("Todo.objects.create(title=title)", True),
        ("Todo.objects.filter(id=1).update(done=True)", True),
        ("todo.delete()", True),
        ("Todo.objects.bulk_create(rows)", True),
        ("Todo.objects.get_or_create(id=1)", True),
        ("cursor.execute(statement)", True),
        ("digest.update(block)", False),
        ("document.update(other)", False),
        ("picture.save(stream, 'JPEG')", False),
        ("storage.delete(key)", False),
        ("Todo.objects.filter(id=1)", False),
    ],
)
def test_the_rule_knows_a_write_when_it_sees_one(statement: str, is_write: bool) -> None:
    call = ast.parse(statement, mode="eval").body
    assert isinstance(call, ast.Call)

    assert _writes(call) is is_write


def _service_admins() -> list[ModelAdmin[Any]]:
    return [
        model_admin
        for model, model_admin in admin.site._registry.items()
        if model._meta.app_label in settings.SERVICES
    ]


DEFAULT_WRITES = {
    "has_add_permission": ("save_model",),
    "has_change_permission": ("save_model",),
    "has_delete_permission": ("delete_model", "delete_queryset"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("permission", DEFAULT_WRITES)
def test_the_admin_writes_through_commands_or_not_at_all(permission: str, admin_user: Any) -> None:
    request = RequestFactory().get("/admin/")
    request.user = admin_user

    direct = [
        f"{model_admin}.{method}"
        for model_admin in _service_admins()
        if getattr(model_admin, permission)(request)
        for method in DEFAULT_WRITES[permission]
        if getattr(type(model_admin), method) is getattr(ModelAdmin, method)
    ]

    assert direct == []


def test_every_exception_still_exists() -> None:
    assert [path for path in ALLOWED if not (ROOT / path).is_file()] == []
    assert {app.name for app in apps.get_app_configs()} >= set(settings.SERVICES)
