"""One post with a text: `python -m bench.peers.plain_blog.fill FILE`."""

import sys
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    """Tables, and the post."""
    import django

    django.setup()
    from django.core.management import call_command

    from bench.peers.plain_blog.models import Post

    call_command("migrate", run_syncdb=True, verbosity=0)
    html = Path(sys.argv[1]).read_text(encoding="utf-8")
    Post._default_manager.create(
        slug="post-0", title="Post 0", summary="On tides.", html=html, published_at=datetime.now(UTC)
    )


if __name__ == "__main__":
    main()
