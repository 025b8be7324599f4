"""The feed of a product's releases (Atom, RFC 4287), for people who follow it in a reader."""

from __future__ import annotations

from datetime import datetime

from django.utils.feedgenerator import Atom1Feed

from updates.markdown import render_notes
from updates.renderers.product_state import PublicProduct

FILE_NAME = "feed.atom"
ENTRIES_MOST = 30


class _Feed(Atom1Feed):
    """Django's, whose time is the last release's, or the product's, and never now."""

    made_at: datetime

    def latest_post_date(self) -> datetime:
        """When it changed last."""
        dates = [item["pubdate"] for item in self.items]
        return max(dates, default=self.made_at)


def render(product: PublicProduct) -> bytes:
    """The last releases of all channels, the newest first."""
    feed = _Feed(
        title=product.name,
        link=product.page_url,
        description=product.summary,
        feed_url=product.url(f"{product.prefix}{FILE_NAME}"),
        language="en",
    )
    feed.made_at = product.created_at
    # Offered to nobody yet is not out.
    releases = [
        release for channel in product.channels for release in channel.releases if release.rollout.percent
    ]
    releases.sort(key=lambda release: (release.released_at, release.id), reverse=True)
    for release in releases[:ENTRIES_MOST]:
        feed.add_item(
            title=f"{product.name} {release.version} ({release.channel})",
            link=product.page_url,
            description=render_notes(release.notes),
            unique_id=f"urn:uuid:{release.id}",
            pubdate=release.released_at,
            updateddate=release.released_at,
        )
    return feed.writeString("utf-8").encode()
