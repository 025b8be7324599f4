"""SQS's side of a subscription: brings batches to a function, and keeps what failed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from local.aws_lambda.aws import Aws
from local.aws_lambda.environment import Outcome

Invoke = Callable[[str, bytes], Outcome]
# How long a message stays away while it is worked on. As short as a rehearsal can bear.
_VISIBILITY_SECONDS = 60


class Subscriptions:
    """The switched-on subscriptions of one function."""

    def __init__(
        self, aws: Aws, function: str, *, invoke: Invoke, away_seconds: int = _VISIBILITY_SECONDS
    ) -> None:
        self._away_seconds = away_seconds
        self._sqs, self._lambda = aws.client("sqs"), aws.client("lambda")
        self._function, self._invoke = function, invoke
        self._arn = self._lambda.get_function(FunctionName=function)["Configuration"]["FunctionArn"]

    def mappings(self) -> Iterator[dict[str, Any]]:
        """As they are deployed now."""
        found = self._lambda.list_event_source_mappings(FunctionName=self._arn)["EventSourceMappings"]
        yield from (mapping for mapping in found if mapping["State"] == "Enabled")

    def deliver(self) -> list[Outcome]:
        """Bring every message that is there, once."""
        return [outcome for mapping in self.mappings() for outcome in self._deliver_from(mapping)]

    def deliver_until_quiet(self, *, rounds: int = 20) -> list[Outcome]:
        """Also what the function itself sends meanwhile."""
        outcomes: list[Outcome] = []
        for _ in range(rounds):
            found = self.deliver()
            if not found:
                break
            outcomes += found
        return outcomes

    def _deliver_from(self, mapping: dict[str, Any]) -> Iterator[Outcome]:
        arn = mapping["EventSourceArn"]
        url = self._sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        while messages := self._receive(url, min(10, mapping["BatchSize"])):
            event = {"Records": [_record(message, arn) for message in messages]}
            outcome = self._invoke(self._function, json.dumps(event).encode())
            self._settle(url, messages, outcome, answers=mapping.get("FunctionResponseTypes") or [])
            yield outcome

    def _receive(self, url: str, number: int) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=number,
            VisibilityTimeout=self._away_seconds,
            MessageSystemAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _settle(
        self, url: str, messages: list[dict[str, Any]], outcome: Outcome, *, answers: list[str]
    ) -> None:
        """Delete what was done. Without ReportBatchItemFailures, that is all or nothing."""
        failed = {message["MessageId"] for message in messages} if outcome.error else set()
        if not outcome.error and "ReportBatchItemFailures" in answers:
            failures = (outcome.json() or {}).get("batchItemFailures", [])
            failed = {failure["itemIdentifier"] for failure in failures}
        for message in messages:
            if message["MessageId"] not in failed:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _record(message: dict[str, Any], arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }
