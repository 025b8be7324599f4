"""The demo world's readers by mail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from blog.models import Mail, Subscriber
from local.demo.blog_readers import make_readers
from tests.blog.conftest import ses as ses  # a fixture
from tests.blog.ses_server import SesServer


@pytest.mark.django_db
def test_forty_readers_are_made_once_and_no_mail_goes_out(
    ses: SesServer, run_tasks: Callable[[], int]
) -> None:
    made = [make_readers(), make_readers()]
    run_tasks()

    assert made == [40, 0]
    assert ses.requests == 0
    assert Counter(Subscriber.objects.values_list("state", flat=True)) == {
        "confirmed": 26, "pending": 8, "unsubscribed": 4, "suppressed": 2,
    }  # fmt: skip
    assert Counter(Mail.objects.values_list("state", flat=True)) == {
        "delivered": 38, "bounced": 1, "complained": 1,
    }  # fmt: skip
