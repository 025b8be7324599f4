"""Notifications as AWS writes them, and handlers for the tests of the inbox."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.models import Group

from chassis.facts import Fact


def s3_notification(key: str, *, bucket: str = "quartet-uploads", event: str = "ObjectCreated:Put") -> str:
    """As S3 sends it to a queue; the key is encoded as in a form."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "us-east-1",
        "eventTime": "2026-11-25T12:00:00.000Z",
        "eventName": event,
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "size": 7, "sequencer": "0A1B2C"}},
    }
    return json.dumps({"Records": [record]})


def ses_bounce(message_id: str = "0100018c-bounce") -> str:
    """As SES publishes it."""
    return json.dumps({"eventType": "Bounce", "bounce": {}, "mail": {"messageId": message_id}})


def cognito_sign_up(subject: str = "4f0c2b1e-sub") -> str:
    """As Cognito calls a trigger."""
    document = {
        "triggerSource": "PostConfirmation_ConfirmSignUp",
        "request": {"userAttributes": {"sub": subject, "email": "alice@example.com"}},
    }
    return json.dumps(document)


def queue_record(body: str, *, message_id: str = "m-1", deliveries: int = 1) -> dict[str, Any]:
    """One record of an SQS batch, as Lambda gets it."""
    return {
        "messageId": message_id,
        "receiptHandle": "AQEB",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(deliveries)},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:quartet-staging",
    }


def remember(fact: Fact) -> bool:
    """Leave a row that names the fact, once."""
    if "gone" in fact.key:
        return False
    Group.objects.get_or_create(name=f"{fact.name} {fact.key}")
    if "broken" in fact.key:
        raise RuntimeError("This one always fails.")
    return True
