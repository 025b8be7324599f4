"""What is seen of a picture until it is there: a few pixels of it, within the page, behind the picture.

Only pages have them. The HTML of feeds, mails and JSON stays as it is: what shows it knows no style of ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from django.utils.safestring import SafeString

from blog.queries.photos import Picture

# For all pictures of a page together: it stays small, however many it has.
BYTES_MOST = 6_000
# As `picture.html` writes it; nobody's text can have such a tag.
_PICTURE = re.compile(r'<picture>(?:(?!</picture>).)*?<img src="([^"]*)".*?</picture>', re.DOTALL)
# Where its focal point is, if it is cut to a shape; then the preview is cut there, too.
_FOCUS = re.compile(r' class="(x\d+ y\d+)"')


def with_previews(html: str, pictures: Mapping[UUID, Picture]) -> SafeString:
    """The HTML with a preview behind each picture, the first ones if there are many."""
    known = {picture.src: picture.placeholder for picture in pictures.values()}
    left = BYTES_MOST

    def put_behind(match: re.Match[str]) -> str:
        nonlocal left
        preview = known.get(match[1], "")
        if not preview or len(preview) > left:
            return match[0]
        left -= len(preview)
        focus = f" {found[1]}" if (found := _FOCUS.search(match[0])) else ""
        return f'<span class="photo"><img class="preview{focus}" src="{preview}" alt="">{match[0]}</span>'

    return SafeString(_PICTURE.sub(put_behind, html))
