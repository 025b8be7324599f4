"""The object store of a desk: SeaweedFS, a real S3 server with STS that enforces session policies.

In the cloud this is Amazon S3 and AWS STS; only addresses and keys differ. Everything listens on
loopback. Keys are made at random once, and kept in the store's directory for its owner alone.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from local.loopback import HIGHEST_PORT, HOST, free_ports, is_free

ROLE_ARN = "arn:aws:iam::000000000000:role/quartet-folder"
BROKER_ARN = "arn:aws:iam::000000000000:user/broker"
PUBLIC_BUCKET = "quartet-public"
UPLOADS_BUCKET = "quartet-uploads"
USERS_BUCKET = "quartet-users"
# All that folder credentials may ever do with objects; the session policy takes away from it.
FOLDER_ACTIONS = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
]
READY_SECONDS = 30.0
STOP_SECONDS = 10.0
# Beside the S3 port, by the flag that sets each.
_INNER_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port.grpc",
)
# gRPC of the admin part must be its HTTP port + 10000, or an inner worker looks for it for ever.
_ADMIN_GRPC_ABOVE = 10000
# The server listens on these, too, whatever its flags say, and may leave them behind.
_SOCKETS = "seaweedfs-{part}-{port}.sock"
_LEASH = Path(__file__).parent / "platform" / "leash.py"


class PortInUse(Exception):
    """A port that the object store needs is taken; the message names it and the variable."""


class ObjectStore:
    """One SeaweedFS server on a directory.

        with ObjectStore(Path("…"), allowed_origins=["http://127.0.0.1:8000"]) as store:
            os.environ.update(store.environment())

    `port` 0 takes a free one, which the directory remembers.
    """

    def __init__(self, directory: Path, port: int = 0, allowed_origins: Sequence[str] = ()) -> None:
        self.directory = directory
        self.allowed_origins = tuple(allowed_origins)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._keys = _kept_keys(directory / "keys.json")
        self._ports = _kept_ports(directory / "ports.json")
        self.port = port or self._ports["s3.port"]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        """Where S3 and STS answer."""
        return f"http://{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """The variables by which the services reach this store."""
        return {
            "S3_ENDPOINT_URL": self.endpoint_url,
            "S3_ACCESS_KEY_ID": self._keys["services_id"],
            "S3_SECRET_ACCESS_KEY": self._keys["services_secret"],
            "S3_PUBLIC_BUCKET": PUBLIC_BUCKET,
            "S3_UPLOADS_BUCKET": UPLOADS_BUCKET,
            "S3_USERS_BUCKET": USERS_BUCKET,
            "STS_ENDPOINT_URL": self.endpoint_url,
            "STS_ACCESS_KEY_ID": self._keys["broker_id"],
            "STS_SECRET_ACCESS_KEY": self._keys["broker_secret"],
            "FOLDER_ROLE_ARN": ROLE_ARN,
        }

    def command(self) -> list[str]:
        """The server's command line; writes its configuration."""
        config, iam_config = self._write_configuration()
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        # All flags each time: the data directory keeps the last ones.
        return [
            _weed(),
            "-logtostderr=true",
            "-v=-1",
            "mini",
            f"-dir={data}",
            f"-ip={HOST}",
            f"-ip.bind={HOST}",
            *self._port_flags(),
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-webdav=false",
            "-admin.ui=false",
            "-master.telemetry=false",
            # The HTTP ports of filer and master know no identities.
            "-disableHttp",
            f"-s3.config={config}",
            f"-s3.iam.config={iam_config}",
            f"-s3.allowedOrigins={','.join(self.allowed_origins) or 'none'}",
            "-s3.allowDeleteBucketNotEmpty=false",
            "-s3.autoCreateBucket=false",
        ]

    def start(self) -> None:
        """Start the server and wait until it has stored and returned an object.

        Raises:
            PortInUse: the S3 port is taken.
            RuntimeError: it ended, or was not ready in time; the message has its last words.
        """
        if not is_free(self.port):
            raise PortInUse(
                f"Port {self.port} is in use. The object store needs it; choose another with S3_PORT=…."
            )
        leash = (sys.executable, "-I", "-S", str(_LEASH), str(os.getpid()))
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*leash, *self.command()], stdout=log, stderr=log, start_new_session=True, umask=0o077
            )
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def wait_until_ready(self) -> None:
        """Return when a signed PUT and GET have worked; an open port is not enough.

        Raises:
            RuntimeError: the server ended, or was not ready in time.
        """
        deadline = time.monotonic() + READY_SECONDS
        while True:
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(f"The object store ended at once:\n{self._last_words()}")
            try:
                self._store_and_read()
            except Exception as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(
                        f"The object store is not ready: {error}\n{self._last_words()}"
                    ) from error
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                os.killpg(self._process.pid, number)
                try:
                    self._process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        self._process = None
        self._remove_sockets()

    def __enter__(self) -> ObjectStore:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _store_and_read(self) -> None:
        client = _probe_client(self.endpoint_url, self._keys["services_id"], self._keys["services_secret"])
        bucket = "quartet-probe"
        if bucket not in {found["Name"] for found in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key="ready", Body=b"ready")
        client.get_object(Bucket=bucket, Key="ready")["Body"].read()

    def _port_flags(self) -> list[str]:
        """Every port that the server would otherwise choose by itself; one taken by others is changed."""
        kept = {**self._ports, "s3.port": self.port}
        inner = [kept[name] for name in _INNER_PORTS]
        if self._process is None and not all(map(is_free, inner)):
            kept.update(zip(_INNER_PORTS, free_ports(len(_INNER_PORTS)), strict=True))
        if self._process is None and not _is_free_for_admin(kept["admin.port"]):
            kept["admin.port"] = _free_admin_port()
        self._ports = kept
        (self.directory / "ports.json").write_text(json.dumps(kept))
        flags = [f"-{name}={number}" for name, number in kept.items()]
        return [*flags, f"-admin.port.grpc={kept['admin.port'] + _ADMIN_GRPC_ABOVE}"]

    def _remove_sockets(self) -> None:
        """Take away what a server that is gone may leave in the system's directory."""
        ports = {**self._ports, "admin.port.grpc": self._ports["admin.port"] + _ADMIN_GRPC_ABOVE}
        for name, port in ports.items():
            part = name.replace(".port", "").replace(".", "-")
            Path(tempfile.gettempdir(), _SOCKETS.format(part=part, port=port)).unlink(missing_ok=True)

    def _write_configuration(self) -> tuple[Path, Path]:
        config = self.directory / "identities.json"
        iam_config = self.directory / "iam.json"
        _write_private(config, json.dumps(_identities(self._keys), indent=2))
        _write_private(iam_config, json.dumps(_iam(self._keys), indent=2))
        return config, iam_config

    def _last_words(self) -> str:
        log = self.directory / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.is_file() else ""


def _identities(keys: dict[str, str]) -> dict[str, Any]:
    """Who holds lasting keys: the services, and the broker, which may do nothing but assume the role."""
    return {
        "identities": [
            {
                "name": "services",
                "credentials": [{"accessKey": keys["services_id"], "secretKey": keys["services_secret"]}],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            },
            {
                "name": "broker",
                "credentials": [{"accessKey": keys["broker_id"], "secretKey": keys["broker_secret"]}],
                "actions": ["sts:AssumeRole"],
            },
        ]
    }


def _iam(keys: dict[str, str]) -> dict[str, Any]:
    """STS, and the role behind folder credentials. Without a session policy it opens every user's folder."""
    bucket = f"arn:aws:s3:::{USERS_BUCKET}"
    return {
        "sts": {
            "tokenDuration": "1h",
            "maxSessionLength": "12h",
            "issuer": "quartet-desk",
            "signingKey": keys["sts_signing_key"],
        },
        "policy": {"defaultEffect": "Deny", "storeType": "memory"},
        "policies": [
            {
                "name": "UsersBucket",
                "document": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Action": FOLDER_ACTIONS, "Resource": [f"{bucket}/users/*"]},
                        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [bucket]},
                    ],
                },
            }
        ],
        "roles": [
            {
                "roleName": "quartet-folder",
                "roleArn": ROLE_ARN,
                # Trusting `*` would let temporary credentials assume the role again, without the
                # session policy that binds them to one folder.
                "trustPolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"AWS": BROKER_ARN}, "Action": ["sts:AssumeRole"]}
                    ],
                },
                "attachedPolicies": ["UsersBucket"],
            }
        ],
    }


def _kept_keys(path: Path) -> dict[str, str]:
    if path.is_file():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    keys = {
        "services_id": f"services{secrets.token_hex(6)}",
        "services_secret": secrets.token_urlsafe(30),
        "broker_id": f"broker{secrets.token_hex(6)}",
        "broker_secret": secrets.token_urlsafe(30),
        "sts_signing_key": base64.b64encode(secrets.token_bytes(48)).decode(),
    }
    _write_private(path, json.dumps(keys))
    return keys


def _kept_ports(path: Path) -> dict[str, int]:
    if path.is_file():
        kept: dict[str, int] = json.loads(path.read_text())
        return kept
    names = ("s3.port", *_INNER_PORTS)
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    ports["admin.port"] = _free_admin_port()
    path.write_text(json.dumps(ports))
    return ports


def _write_private(path: Path, text: str) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _free_admin_port() -> int:
    while True:
        port = free_ports(1)[0]
        if port + _ADMIN_GRPC_ABOVE < HIGHEST_PORT and _is_free_for_admin(port):
            return port


def _is_free_for_admin(port: int) -> bool:
    return is_free(port) and is_free(port + _ADMIN_GRPC_ABOVE)


def _weed() -> str:
    beside = Path(sys.executable).parent / ("weed.exe" if os.name == "nt" else "weed")
    found = str(beside) if beside.is_file() else shutil.which("weed")
    if not found:
        raise RuntimeError("The object store's binary is missing: install the `local` group (uv sync).")
    return found


def _probe_client(endpoint_url: str, key_id: str, secret: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        connect_timeout=1,
        read_timeout=5,
        retries={"total_max_attempts": 1},
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=config,
    )
