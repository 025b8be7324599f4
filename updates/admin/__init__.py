"""The release editors' screens. Whatever changes something calls a command."""

from updates.admin import products, records, releases

__all__ = ["products", "records", "releases"]
