"""TUF's root by REST: prepared, signed by its holder elsewhere, taken in."""

from __future__ import annotations

import pytest

from tests.api_client import ApiClient
from tests.edge.conftest import edge, edge_server  # noqa: F401 - fixtures
from tests.updates.conftest import API
from tests.updates.test_tuf import Installation, holders, tide  # noqa: F401 - fixtures
from updates.models import Product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("edge")]


def test_a_root_is_prepared_and_taken_in_by_rest(tide, tmp_path):  # noqa: F811
    from securesystemslib.signer import CryptoSigner
    from tuf.api.metadata import Metadata

    holder = CryptoSigner.generate_ed25519()
    public = {"keyid": holder.public_key.keyid, **holder.public_key.to_dict()}
    address = f"{API}/products/{tide.slug}/tuf-root"

    prepared = tide.edith.post(f"{address}/preparation", {"keys": [public], "threshold": 1}).json()["root"]
    unsigned = tide.edith.put(address, {"root": prepared})
    root = Metadata.from_bytes(prepared.encode())
    root.sign(holder)
    taken = tide.edith.put(address, {"root": root.to_bytes().decode()})
    tide.run_tasks()

    assert (unsigned.status_code, unsigned.json()["type"].rpartition("/")[2]) == (409, "root-refused")
    assert taken.json() == {"version": 1}
    assert Installation(tmp_path / "app", tide).latest() is None


def test_where_a_second_person_approves_admins_take_in_the_first_root(tide, holders, issuer):  # noqa: F811
    Product.objects.update(needs_second_person=True)
    address = f"{API}/products/{tide.slug}/tuf-root"
    admin = ApiClient(issuer.editor_token("ada", group="admins"))
    file = holders.prepare(tide.slug)
    holders.sign(file, "ab")

    refused = tide.edith.put(address, {"root": file.read_text()})
    taken = admin.put(address, {"root": file.read_text()})
    following = holders.prepare(tide.slug)
    holders.sign(following, "ab")
    later = tide.edith.put(address, {"root": following.read_text()})

    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "policy-of-admins")
    assert (taken.json(), later.json()) == ({"version": 1}, {"version": 2})


@pytest.mark.parametrize(
    "keys",
    [[], [None], ["key"], [{"keyid": "a"}], [{"keyid": "a", "keytype": "x", "scheme": "y", "keyval": 1}]],
)
def test_what_is_no_key_prepares_no_root(tide, keys):  # noqa: F811
    answer = tide.edith.post(f"{API}/products/{tide.slug}/tuf-root/preparation", {"keys": keys})

    assert answer.status_code in (400, 409)


def test_only_editors_take_in_a_root(tide, client_of):  # noqa: F811
    address = f"{API}/products/{tide.slug}/tuf-root"

    assert client_of("mallory").put(address, {"root": "{}"}).status_code == 403
    assert tide.edith.put(address, {"root": "{}"}).status_code == 409


def test_a_product_without_tuf_gets_no_root(product, edith):
    answer = edith.post(f"{API}/products/{product}/tuf-root/preparation", {"keys": []})

    assert answer.status_code == 409
    assert "neither tuf nor tufup" in answer.json()["detail"]
