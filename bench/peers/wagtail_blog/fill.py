"""So many posts, each with the same text: `python -m bench.peers.wagtail_blog.fill COUNT FILE`."""

import sys
from pathlib import Path


def main() -> None:
    """Tables, the site, its posts."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import transaction
    from wagtail.models import Page

    from bench.peers.wagtail_blog.models import BlogPage

    call_command("migrate", verbosity=0)
    home = Page.objects.get(depth=2)
    body = Path(sys.argv[2]).read_text(encoding="utf-8")
    with transaction.atomic():
        for number in range(int(sys.argv[1])):
            title, slug = f"Post {number}", f"post-{number}"
            home.add_child(instance=BlogPage(title=title, slug=slug, summary="On tides.", body=body))


if __name__ == "__main__":
    main()
