"""The people of the demo: fixed subjects, so that demo data made by the services is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

# For one desk only, and said aloud in the documentation and on the sign-in page.
DEMO_PASSWORD = "four-strings-on-a-desk"


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who can sign in on a fresh desk."""

    name: str
    email: str
    subject: UUID
    groups: tuple[str, ...] = ()
    password: str = DEMO_PASSWORD


DEMO_PEOPLE = (
    DemoPerson("Alice Archer", "alice@example.com", UUID("a11ce000-0000-4000-8000-000000000001")),
    DemoPerson("Bob Baker", "bob@example.com", UUID("b0b00000-0000-4000-8000-000000000002")),
    DemoPerson("Carol Cooper", "carol@example.com", UUID("ca401000-0000-4000-8000-000000000003")),
    DemoPerson(
        "Edith Evans", "edith@example.com", UUID("ed17e000-0000-4000-8000-000000000004"), ("editors",)
    ),
    DemoPerson("Emil Ewald", "emil@example.com", UUID("e3110000-0000-4000-8000-000000000005"), ("editors",)),
    DemoPerson("Ada Ames", "ada@example.com", UUID("ada00000-0000-4000-8000-000000000006"), ("admins",)),
)
