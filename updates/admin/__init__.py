"""The release editors' screens. Whatever changes something calls a command."""

from updates.admin import products, publishers, records, releases

__all__ = ["products", "publishers", "records", "releases"]
