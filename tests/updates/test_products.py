"""Products and channels: made, renamed; their short names stay. For editors alone."""

from __future__ import annotations

import pytest

from tests.updates.conftest import API
from updates import queries
from updates.models import AuditEntry, Product

pytestmark = pytest.mark.django_db


def test_a_product_begins_with_a_stable_channel(edith):
    answer = edith.post(f"{API}/products", {"slug": "tide", "name": "Tide", "summary": "Tides on a desk."})

    assert answer.status_code == 201
    assert answer["Location"].endswith("/products/tide")
    assert [channel["slug"] for channel in answer.json()["channels"]] == ["stable"]
    assert edith.get(f"{API}/products/tide").json() == answer.json()


@pytest.mark.parametrize("slug", ["", "Tide", "tide--x", "-tide", "../tide", "ti de", "tíde", "a" * 41])
def test_a_short_name_that_is_none_is_told_at_the_field(edith, slug):
    answer = edith.post(f"{API}/products", {"slug": slug, "name": "Tide"})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/slug"
    assert not Product.objects.exists()


def test_a_taken_short_name_is_told_at_the_field(edith, product):
    again = edith.post(f"{API}/products", {"slug": product, "name": "Another"})
    channel = edith.post(f"{API}/products/{product}/channels", {"slug": "stable", "name": "Another"})

    assert (again.status_code, channel.status_code) == (400, 400)
    assert again.json()["errors"] == [
        {
            "pointer": "/slug",
            "code": "taken",
            "detail": "There is a product of this short name. Choose another.",
        }
    ]
    assert channel.json()["errors"][0]["pointer"] == "/slug"
    assert Product.objects.get().name == "Tide"


def test_a_product_is_renamed_by_whoever_saw_it_last(edith, product):
    first = edith.patch(f"{API}/products/{product}", {"name": "Tide Two"}, if_match=1)
    stale = edith.patch(f"{API}/products/{product}", {"name": "Tide Three"}, if_match=1)

    assert (first.status_code, stale.status_code) == (200, 412)
    assert edith.get(f"{API}/products/{product}", if_none_match=2).status_code == 304
    assert Product.objects.get().name == "Tide Two"


def test_products_come_in_pages(edith, product):
    edith.post(f"{API}/products", {"slug": "anchor", "name": "Anchor"})

    first = edith.get(f"{API}/products?limit=1").json()
    second = edith.get(first["next"].removeprefix("http://testserver")).json()

    assert [item["slug"] for item in first["items"] + second["items"]] == ["anchor", "tide"]
    assert second["next"] is None


def test_a_user_who_is_no_editor_is_let_in_nowhere(client_of, product):
    mallory = client_of("mallory", client_id="quartet-tour", scope="updates/read updates/write")

    answers = [
        mallory.request(method, f"{API}/{path}", {})
        for method, path in [("GET", "products"), ("POST", "products"), ("GET", f"products/{product}/audit")]
    ]

    assert {answer.status_code for answer in answers} == {403}


def test_every_step_is_written_down_with_the_hash_of_the_one_before(edith, product):
    edith.post(f"{API}/products/{product}/channels", {"slug": "beta", "name": "Beta"})

    entries = edith.get(f"{API}/products/{product}/audit").json()["items"]

    assert [entry["action"] for entry in entries] == ["channel_created", "channel_created", "product_created"]
    assert {entry["actor"] for entry in entries} == {"edith"}
    assert entries[0]["previous_hash"] == entries[1]["hash"]
    assert queries.find_audit_break(Product.objects.get()) is None


@pytest.mark.parametrize("change", [{"actor": "mallory"}, {"details": {}}, {"hash": "0" * 64}])
def test_a_changed_entry_breaks_the_chain(edith, product, change):
    AuditEntry.objects.filter(number=1).update(**change)

    assert queries.find_audit_break(Product.objects.get()) == 1


def test_a_missing_entry_breaks_the_chain(edith, product):
    edith.post(f"{API}/products/{product}/channels", {"slug": "beta", "name": "Beta"})
    AuditEntry.objects.filter(number=2).delete()

    assert queries.find_audit_break(Product.objects.get()) == 2


def test_an_entry_is_neither_changed_nor_deleted(product):
    entry = AuditEntry.objects.get(number=1)

    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
