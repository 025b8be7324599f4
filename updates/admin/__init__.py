"""The release editors' screens. Whatever changes something calls a command."""

from updates.admin import products, publishers, records, releases, statistics

__all__ = ["products", "publishers", "records", "releases", "statistics"]
