"""Differences: smaller, applied once before they are offered, and never in the way of a release."""

from __future__ import annotations

import gzip
import io
import random
import tarfile

import httpx
import pytest
from django.conf import settings

from tests.updates.json_client import update
from tests.updates.published import Publisher
from updates import commands, deltas
from updates.commands import deltas as delta_commands
from updates.deltas import __main__ as worker
from updates.deltas import bounded
from updates.models import Artifact, Delta, DeltaState, Release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_public_bucket")]
_chance = random.Random(3)
OLD = b"PK\x03\x04" + _chance.randbytes(1_200_000)
# A function in the middle is another one, and some lines are new.
NEW = OLD[:400_000] + _chance.randbytes(30_000) + OLD[420_000:] + b"news" * 500
OTHER = b"PK\x03\x04" + _chance.randbytes(1_200_000)


@pytest.fixture
def publisher(edith, run_tasks):
    """Edith, with a product of the test's own."""
    return Publisher(edith, run_tasks)


def publish(publisher, version, body, ending="linux.zip"):
    """One file, out."""
    return publisher.publish(version, {f"tide-{version}-{ending}": body})


def latest(publisher):
    """The manifest's latest file."""
    return httpx.get(f"{publisher.base}/stable.json").json()["latest"]["files"][0]


def tar_gz(text, size):
    """An archive that is packed, as tufup's are."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, body in (("app.py", text), ("library.so", OLD[:size])):
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return gzip.compress(buffer.getvalue(), mtime=0)


def test_a_client_updates_by_the_difference(publisher):
    publish(publisher, "1.0.0", OLD)
    publish(publisher, "1.1.0", NEW)

    updated = update(f"{publisher.base}/stable.json", OLD)

    assert (updated.way, updated.body == NEW) == ("delta", True)
    assert updated.downloaded < 0.1 * len(NEW)
    (delta,) = latest(publisher)["deltas"]
    assert delta["from_file_name"] == "tide-1.0.0-linux.zip"


def test_a_packed_archive_is_compared_unpacked(publisher):
    old, new = tar_gz(b"print(1)", 1_100_000), tar_gz(b"print(2)" * 100, 1_100_000)
    publish(publisher, "1.0.0", old, "any.tar.gz")
    publish(publisher, "1.1.0", new, "any.tar.gz")

    updated = update(f"{publisher.base}/stable.json", old)

    assert updated.way == "delta"
    assert updated.body == gzip.decompress(new)
    assert updated.downloaded < 10_000


def test_a_broken_difference_leads_to_the_whole_file(publisher):
    from chassis.storage import s3_client

    publish(publisher, "1.0.0", OLD)
    publish(publisher, "1.1.0", NEW)
    key = Delta.objects.get().file_name
    s3_client().put_object(
        Bucket=settings.S3_PUBLIC_BUCKET, Key=f"artifacts/{publisher.slug}/{key}", Body=b"broken"
    )

    updated = update(f"{publisher.base}/stable.json", OLD)

    assert (updated.way, updated.body == NEW) == ("full", True)


def test_one_that_saves_little_is_not_offered(publisher):
    publish(publisher, "1.0.0", OLD)
    publish(publisher, "1.1.0", OTHER)

    delta = Delta.objects.get()
    assert delta.state == DeltaState.REFUSED
    assert "the whole file" in delta.finding
    assert "deltas" not in latest(publisher)


def test_one_that_leads_to_other_bytes_is_not_offered_and_the_release_is_out(publisher, monkeypatch):
    publish(publisher, "1.0.0", OLD)

    def make(way, base, target, out, *, memory):
        with monkeypatch.context() as broken:
            broken.setattr(worker, "apply", lambda *_, size, **__: b"x" * size)
            return worker.made_and_applied(way, base, target, out)

    monkeypatch.setattr(bounded, "make", make)

    publish(publisher, "1.1.0", NEW)

    assert Delta.objects.get().finding == "It leads to other bytes."
    assert "deltas" not in latest(publisher)
    assert Release.objects.get(version="1.1.0").state == "published"


def test_a_base_that_is_gone_holds_up_nothing(publisher):
    publish(publisher, "1.0.0", OLD)
    base = Artifact.objects.get(file_name="tide-1.0.0-linux.zip")
    Artifact.objects.filter(pk=base.pk).update(upload_key="uploads/nowhere")

    release = publisher.draft("1.1.0", {"tide-1.1.0-linux.zip": NEW})
    publisher.edith.post(f"/api/updates/v1/releases/{release}/publish", {})
    publisher.run_tasks()

    assert Release.objects.get(version="1.1.0").state == "published"
    assert Delta.objects.get().state == DeltaState.REFUSED


def test_files_that_are_too_large_for_the_memory_are_left_alone(publisher, settings):
    settings.UPDATES_DELTA_MEMORY_BYTES = 2_000_000

    publish(publisher, "1.0.0", OLD)
    publish(publisher, "1.1.0", NEW)

    assert "UPDATES_DELTA_MEMORY_BYTES" in Delta.objects.get().finding


def test_making_them_again_makes_nothing(publisher):
    publish(publisher, "1.0.0", OLD)
    publish(publisher, "1.1.0", NEW)

    again = commands.make_deltas(release_id=Release.objects.get(version="1.1.0").id)

    assert again == 0
    assert Delta.objects.count() == 1


def of(file_name, system="linux"):
    """A file, whose bytes are its name's."""
    return Artifact(
        operating_system=system, architecture="x86_64", kind="full", file_name=file_name, sha256=file_name
    )


def test_only_files_of_the_same_kind_and_system_are_compared():
    like = delta_commands.is_like
    first = of("a-1.zip")

    assert like(first, of("a-2.zip"))
    assert not like(first, of("a-2.exe", "windows"))
    assert not like(first, of("a-2.tar.gz"))
    # The same bytes in two releases.
    assert not like(first, first)


def test_a_difference_that_makes_too_much_is_refused():
    made = deltas.make(b"before it", b"\0" * 10_000_000)

    with pytest.raises(deltas.DoesNotApply, match="or more"):
        deltas.apply(b"before it", made.body, size=1000)
    with pytest.raises(deltas.DoesNotApply):
        deltas.apply(b"before it", b"no zstd", size=1000)
