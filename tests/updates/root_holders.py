"""The holders of a product's root keys, with their own directory and `manage.py updates root`."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

PASSPHRASE = "a passphrase of the holders"


def manage(*arguments: Any, **options: Any) -> str:
    """`manage.py updates …`; what it said."""
    out = StringIO()
    call_command("updates", *map(str, arguments), stdout=out, **options)
    return out.getvalue()


class RootHolders:
    """Some holders, of whom `threshold` have to sign."""

    def __init__(
        self, directory: Path, monkeypatch: pytest.MonkeyPatch, *, names: str, threshold: int
    ) -> None:
        monkeypatch.setenv("ROOT_KEY_PASSPHRASE", PASSPHRASE)
        self.directory, self.names, self.threshold = directory, names, threshold
        for name in names:
            manage("root", "key", self.key(name))

    def key(self, name: str) -> Path:
        """The private key of a holder."""
        return self.directory / f"{name}.pem"

    def prepare(self, product: str, *, names: str | None = None) -> Path:
        """The next root, without a signature."""
        file = self.directory / "next.json"
        holders = [part for name in names or self.names for part in ("--key", f"{self.key(name)}.pub")]
        manage("root", "prepare", product, "--out", file, "--threshold", self.threshold, *holders)
        return file

    def sign(self, file: Path, names: str) -> None:
        """Offline, one after the other."""
        for name in names:
            manage("root", "sign", file, "--key", self.key(name))

    def make_root(self, product: str, *, names: str | None = None) -> int:
        """Prepared, signed by all, and taken in; its version."""
        file = self.prepare(product, names=names)
        self.sign(file, self.names)
        manage("root", "take", product, file)
        version: int = json.loads(file.read_text())["signed"]["version"]
        return version
