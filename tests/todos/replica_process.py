"""A process with a primary and a replica: makes the requests that it is told, and prints what it got.

Each line of its input is `[method, path, body, headers]`; each of its output the answer.
"""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    """Answer until the input ends."""
    django.setup()
    from django.core.management import call_command

    from tests.api_client import ApiClient

    call_command("migrate", verbosity=0)
    client = ApiClient()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        method, path, body, headers = json.loads(line)
        response = client.request(method, path, body, **headers)
        content = json.loads(response.content) if response.content else None
        print(json.dumps([response.status_code, response.get("ETag"), content]), flush=True)


if __name__ == "__main__":
    main()
