"""The updates service says what it is."""

from __future__ import annotations


def test_the_document_is_served(anonymous):
    response = anonymous.get("/api/updates/v1/schema/?format=json")

    assert response.status_code == 200
