"""Everything that changes something in updates, one function a use case."""

from updates.commands.products import create_channel, create_product, update_channel, update_product
from updates.commands.releases import create_release, discard_release, update_release

__all__ = [
    "create_channel",
    "create_product",
    "create_release",
    "discard_release",
    "update_channel",
    "update_product",
    "update_release",
]
