"""python-tuf's own client, from the edge: installs, updates, follows keys and roots."""

from __future__ import annotations

import json

import httpx
import pytest
from django.conf import settings
from django.core.management.base import CommandError
from tuf.ngclient import Updater, UpdaterConfig

from tests.edge.conftest import edge, edge_server, requests_at_origin  # noqa: F401 - fixtures
from tests.updates.conftest import API, zip_of
from tests.updates.published import Publisher
from tests.updates.root_holders import RootHolders, manage
from updates import commands
from updates.models import SignedFile, SigningKey

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("edge")]
BODY = zip_of("tide for linux", size=100_000)


@pytest.fixture
def holders(tmp_path, monkeypatch):
    """Two of three have to sign."""
    directory = tmp_path / "holders"
    directory.mkdir()
    return RootHolders(directory, monkeypatch, names="abc", threshold=2)


@pytest.fixture
def tide(edith, run_tasks, object_store, settings):
    """A product that serves TUF; no root yet."""
    settings.CLOUDFRONT_ACCESS_KEY_ID = settings.CLOUDFRONT_SECRET_ACCESS_KEY = "publisher"
    return Publisher(edith, run_tasks, formats=["tuf"])


@pytest.fixture
def rooted(tide, holders):
    """The same with its first root."""
    holders.make_root(tide.slug)
    tide.run_tasks()
    return tide


class Installation:
    """An application with python-tuf's client, and the root that was packed into it."""

    def __init__(self, directory, tide):
        self.directory, self.tide = directory, tide
        directory.mkdir()
        self.root = httpx.get(f"{tide.base}/tuf/1.root.json").content

    def updater(self, **changes):
        values = {
            "metadata_dir": str(self.directory / "metadata"),
            "metadata_base_url": f"{self.tide.base}/tuf/",
            "target_dir": str(self.directory),
            "target_base_url": f"{self.tide.files}/",
            "bootstrap": self.root,
        }
        return Updater(**{**values, **changes})

    def fetch(self, path, **changes):
        """The bytes of a target, verified."""
        updater = self.updater(**changes)
        found = updater.get_targetinfo(path)
        if found is None:
            return None
        target = self.directory / path.replace("/", "-")
        with open(updater.download_target(found, str(target)), "rb") as file:
            return file.read()

    def latest(self, **changes):
        """The version that the channel stable has."""
        latest = json.loads(self.fetch("manifests/stable.json", **changes))["latest"]
        return latest and latest["version"]


@pytest.fixture
def app(rooted, tmp_path):
    """An installation."""
    return Installation(tmp_path / "app", rooted)


def current(tide, role):
    return SignedFile.objects.get(product__slug=tide.slug, role=role, superseded_at=None)


def test_an_application_finds_its_file_in_the_signed_manifest_and_gets_it(rooted, app):
    before = app.latest()
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})

    manifest = json.loads(app.fetch("manifests/stable.json"))
    name = manifest["latest"]["files"][0]["file_name"]

    assert before is None
    assert manifest["latest"]["version"] == "1.0.0"
    assert app.fetch(name) == BODY


def test_a_target_is_also_found_without_its_hash(rooted, app):
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})

    plain = UpdaterConfig(prefix_targets_with_hash=False)

    assert app.fetch("tide-1.0.0-linux.zip", config=plain) == BODY


def test_the_hashed_name_and_the_plain_one_are_one_copy_at_the_edge(rooted, edge_server):  # noqa: F811
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})
    import hashlib

    hashed = f"{hashlib.sha256(BODY).hexdigest()}.tide-1.0.0-linux.zip"
    answers = [httpx.get(f"{rooted.files}/{name}") for name in (hashed, "tide-1.0.0-linux.zip")]

    assert [answer.content for answer in answers] == [BODY, BODY]
    assert requests_at_origin(edge_server)[f"/artifacts/{rooted.slug}/{hashed}"] == 0


def test_a_withdrawn_release_is_no_target_any_more(rooted, app, let_time_pass):
    release = rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})
    app.fetch("tide-1.0.0-linux.zip")
    rooted.ask(release, "withdraw")
    let_time_pass()
    rooted.run_tasks()

    assert app.latest() is None
    assert app.fetch("tide-1.0.0-linux.zip") is None


def test_a_look_without_news_is_small_and_costs_the_origin_one_request(rooted, app, edge_server):  # noqa: F811
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})
    app.fetch("manifests/stable.json")
    address = f"{rooted.base}/tuf/timestamp.json"
    before = requests_at_origin(edge_server)[f"/updates/{rooted.slug}/tuf/timestamp.json"]

    with httpx.Client() as client:
        sizes = {len(client.get(address, params={"noCache": number}).content) for number in range(500)}

    after = requests_at_origin(edge_server)[f"/updates/{rooted.slug}/tuf/timestamp.json"]
    assert max(sizes) <= 400
    assert after - before <= 1


def test_without_a_root_there_is_no_repository_and_the_rest_is_published(tide):
    tide.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})

    assert httpx.get(f"{tide.base}/stable.json").json()["latest"]["version"] == "1.0.0"
    assert httpx.get(f"{tide.base}/tuf/timestamp.json").status_code == 404


def test_a_publish_that_changes_nothing_writes_the_same_bytes(rooted):
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})
    now = SignedFile.objects.filter(product__slug=rooted.slug, superseded_at=None)
    signed = dict(now.values_list("role", "body"))
    product = SignedFile.objects.filter(product__slug=rooted.slug)[0].product

    again = commands.sign_product(product_id=product.id)
    rooted.edith.patch(f"{API}/products/{rooted.slug}", {"summary": "Other"})
    rooted.run_tasks()

    after = SignedFile.objects.filter(product__slug=rooted.slug, superseded_at=None)
    assert {file.role: file.body for file in again.signed}["timestamp"] == current(rooted, "timestamp").body
    assert {row.role: row.body for row in after}.items() <= signed.items()
    published = httpx.get(f"{rooted.base}/tuf/timestamp.json").text
    assert published == current(rooted, "timestamp").body


def test_versions_only_grow_when_a_worker_is_killed_after_signing(rooted, app, monkeypatch):
    app.latest()
    release = rooted.draft("1.0.0", {"tide-1.0.0-linux.zip": BODY})
    before = current(rooted, "timestamp").version

    class Killed(BaseException):
        pass

    from chassis.publishing import runner

    write = runner.Run._write

    def kill(run, files):
        if run.job.kind == "updates.product":
            raise Killed
        write(run, files)

    with monkeypatch.context() as patched:
        patched.setattr(runner.Run, "_write", kill)
        rooted.edith.post(f"{API}/releases/{release}/publish", {})
        with pytest.raises(Killed):
            rooted.run_tasks()
    signed = current(rooted, "timestamp").body
    not_yet = app.latest()
    from chassis.models import PublishJob, PublishLease
    from chassis.publishing.runner import run

    PublishLease.objects.update(holder=None)
    for job in PublishJob.objects.exclude(state="published"):
        run(job.id)

    assert current(rooted, "timestamp").version == before + 1
    assert not_yet is None
    assert httpx.get(f"{rooted.base}/tuf/timestamp.json").text == signed
    assert app.latest() == "1.0.0"


def test_what_is_rendered_again_is_byte_for_byte_what_is_published(rooted):
    from chassis.publishing import PublicFile
    from updates.plans import plan_product

    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY}, notes="# News\n\nAll of it.")
    product = SignedFile.objects.filter(product__slug=rooted.slug)[0].product

    again = [file for file in plan_product(str(product.id)).files if isinstance(file, PublicFile)]

    published = {file.key: httpx.get(f"{settings.PUBLIC_URL}/{file.key}").content for file in again}
    assert len(published) >= 14
    assert published == {file.key: file.read() for file in again}


def test_with_application_and_database_away_checks_and_downloads_go_on(rooted, app, django_db_blocker):
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})

    # Edge and store are processes of their own; this one is the application, and does nothing.
    with django_db_blocker.block():
        version = app.latest()
        whole = app.fetch("tide-1.0.0-linux.zip")
        half = httpx.get(f"{rooted.files}/tide-1.0.0-linux.zip", headers={"Range": "bytes=50000-"})
        signature = httpx.get(f"{rooted.base}/stable.json.minisig")

    assert (version, whole) == ("1.0.0", BODY)
    assert (half.status_code, half.content) == (206, BODY[50000:])
    assert "expires:" in signature.text


# --- Many files ----------------------------------------------------------------------------------


def test_above_a_thousand_files_hash_bins_keep_a_clients_metadata_small(rooted, app, add_history):
    add_history(rooted.slug, 1100)
    rooted.publish("2.0.0", {"tide-2.0.0-linux.zip": BODY})
    signed_before = SignedFile.objects.filter(product__slug=rooted.slug).count()

    assert app.fetch("tide-2.0.0-linux.zip") == BODY
    rooted.publish("2.0.1", {"tide-2.0.1-linux.zip": zip_of("2.0.1")})

    assert app.fetch("tide-2.0.1-linux.zip") == zip_of("2.0.1")
    # One bin, targets with the manifest, snapshot, timestamp, and the plain manifest's signature.
    assert SignedFile.objects.filter(product__slug=rooted.slug).count() == signed_before + 5
    top = json.loads(current(rooted, "targets").body)["signed"]["targets"]
    assert top.keys() == {"manifests/stable.json"}


# --- Roots and keys ------------------------------------------------------------------------------


def test_a_root_needs_as_many_signatures_as_it_says(tide, holders):
    file = holders.prepare(tide.slug)
    holders.sign(file, "a")

    with pytest.raises(CommandError, match="1 of 2 signatures"):
        manage("root", "take", tide.slug, file)
    holders.sign(file, "b")
    would = manage("root", "take", tide.slug, file, "--dry-run")
    nothing_yet = SignedFile.objects.filter(role="root").count()
    manage("root", "take", tide.slug, file)
    again = manage("root", "take", tide.slug, file)

    assert "Would take in root 1" in would
    assert nothing_yet == 0
    assert "root 1" in again
    assert SignedFile.objects.filter(role="root").count() == 1


def test_mallorys_root_is_not_taken_in(rooted, holders, tmp_path, monkeypatch):
    directory = tmp_path / "mallory"
    directory.mkdir()
    mallory = RootHolders(directory, monkeypatch, names="mn", threshold=2)
    file = mallory.prepare(rooted.slug)
    mallory.sign(file, "mn")

    with pytest.raises(CommandError, match="0 of 2 signatures by the keys of the root before"):
        manage("root", "take", rooted.slug, file)

    assert current(rooted, "root").version == 1


def test_an_application_of_the_first_day_follows_every_later_root(rooted, app, holders):
    for _ in range(3):
        holders.make_root(rooted.slug)
        rooted.run_tasks()
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})

    assert app.latest() == "1.0.0"
    assert [httpx.get(f"{rooted.base}/tuf/{number}.root.json").status_code for number in (1, 2, 3, 4)] == [
        200
    ] * 4


@pytest.mark.parametrize("role", ["targets", "snapshot", "timestamp"])
def test_a_key_is_replaced_without_breaking_an_application(rooted, app, holders, role):
    rooted.publish("1.0.0", {"tide-1.0.0-linux.zip": BODY})
    app.latest()
    old = SigningKey.objects.get(product__slug=rooted.slug, role=role)

    manage("keys", rooted.slug, "--role", role)
    signs_until_then = json.loads(current(rooted, role).body)["signatures"][0]["keyid"]
    holders.make_root(rooted.slug)
    rooted.run_tasks()
    rooted.publish("1.1.0", {"tide-1.1.0-linux.zip": zip_of("1.1")})

    assert signs_until_then == old.key_id
    assert json.loads(current(rooted, role).body)["signatures"][0]["keyid"] != old.key_id
    assert old.key_id not in current(rooted, "root").body
    assert app.latest() == "1.1.0"


def test_a_root_holder_is_replaced_with_the_signatures_of_the_others(rooted, app, holders):
    manage("root", "key", holders.key("d"))
    holders.names = "bcd"
    file = holders.prepare(rooted.slug)
    holders.sign(file, "bcd")
    manage("root", "take", rooted.slug, file)
    rooted.run_tasks()

    assert app.latest() is None
    assert current(rooted, "root").version == 2


def test_a_dry_run_makes_no_key_and_no_file(tide, holders, tmp_path):
    said = manage("keys", tide.slug, "--role", "snapshot", "--dry-run")
    key = f"{holders.key('a')}.pub"
    with pytest.raises(CommandError, match="no key for targets"):
        manage("root", "prepare", tide.slug, "--out", tmp_path / "x.json", "--key", key, "--dry-run")

    assert "Would add" in said
    assert not SigningKey.objects.exclude(role="manifest").exists()
    assert not (tmp_path / "x.json").exists()


def test_a_key_file_is_worth_nothing_without_its_passphrase(holders, monkeypatch, tide):
    file = holders.prepare(tide.slug)
    monkeypatch.setenv("ROOT_KEY_PASSPHRASE", "another")

    with pytest.raises(CommandError, match="no key of this passphrase"):
        holders.sign(file, "a")
