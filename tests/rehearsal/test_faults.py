"""What goes wrong in a cloud, on the deployed package: nothing acknowledged is lost, nothing happens twice.

Part of `make rehearsal`, which says by REHEARSAL_PACKAGE which package.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.inbox import TRIES
from local.aws_lambda.deployed import Deployed
from local.aws_lambda.environment import ExecutionEnvironment
from local.aws_lambda.gateway import Gateway
from local.aws_lambda.queues import Subscriptions
from tests.chassis.inbox_samples import s3_notification
from tests.local.programs import until
from tests.rehearsal.stand_ins import RUNTIME, STAGE, StandIns

PACKAGE = os.environ.get("REHEARSAL_PACKAGE", "")
NAME = f"quartet-{STAGE}"
SLOW_TASKS = Path(__file__).with_name("slow_tasks.py")

pytestmark = [
    pytest.mark.skipif(not PACKAGE, reason="`make rehearsal` runs it."),
    pytest.mark.timeout(600),
]


class Cloud:
    """The package as a function, with queues, a database and an address."""

    def __init__(self, stand_ins: StandIns, directory: Path) -> None:
        self.stand_ins = stand_ins
        self.layer = directory / "layer"
        self.layer.mkdir()
        shutil.copyfile(SLOW_TASKS, self.layer / "slow_tasks.py")
        self.database = stand_ins.database("quartet")
        self.queues = self._make_queues()
        self.values = {**stand_ins.parameters(), "DATABASE_URL": self.database}
        self.values["WORK_QUEUE_URL"] = self.queues["work"]
        stand_ins.put_parameters(f"/quartet/{STAGE}", self.values)
        self._create_function()
        self.deployed = Deployed(
            stand_ins.aws,
            directory / "lambda",
            variables=stand_ins.function_variables(),
            layers=(self.layer,),
        )
        self.function = self.deployed.function(NAME)
        assert self.invoke({"manage": "migrate --no-input --verbosity=0"}).error == ""
        self.gateway = Gateway(self.function, port=stand_ins.gateway_port("web"), stage=STAGE)

    def invoke(self, event: object) -> Any:
        """One event."""
        return self.function.invoke_json(event)

    def wake_up(self) -> dict[str, Any]:
        """The event of a wake-up."""
        arn = f"arn:aws:sqs:us-east-1:123456789012:{NAME}-work"
        record = {"messageId": "m-1", "body": "wake-up", "eventSource": "aws:sqs", "eventSourceARN": arn}
        return {"Records": [record]}

    def enqueue(self, directory: Path, count: int, *, seconds: float) -> None:
        """Tasks that the function will do."""
        args = f"{str(directory)!r}, str(n), {seconds}"
        code = f"from slow_tasks import note\nfor n in range({count}): note.enqueue({args})"
        self.stand_ins.manage("shell", "-v", "0", "-c", code, PYTHONPATH=str(self.layer), **self.values)

    def rows(self, statement: str) -> list[Any]:
        """What the database says."""
        import psycopg

        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    def send_fact(self, body: str) -> None:
        """Into the queue of facts."""
        self.stand_ins.aws.client("sqs").send_message(QueueUrl=self.queues["facts"], MessageBody=body)

    def deliver(self) -> None:
        """Everything that is in the queues, and what failed at once again."""
        Subscriptions(
            self.stand_ins.aws, NAME, invoke=self.deployed.invoke, away_seconds=0
        ).deliver_until_quiet()

    def left_in(self, queue: str) -> int:
        """Messages."""
        attributes = self.stand_ins.aws.client("sqs").get_queue_attributes(
            QueueUrl=self.queues[queue], AttributeNames=["All"]
        )["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"]) + int(
            attributes["ApproximateNumberOfMessagesNotVisible"]
        )

    def close(self) -> None:
        """End gateway and function."""
        self.gateway.close()
        self.deployed.close()

    def _make_queues(self) -> dict[str, str]:
        sqs = self.stand_ins.aws.client("sqs")
        kinds = ("work", "facts")
        return {kind: sqs.create_queue(QueueName=f"{NAME}-{kind}")["QueueUrl"] for kind in kinds}

    def _create_function(self) -> None:
        aws = self.stand_ins.aws
        role = aws.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        made = aws.client("lambda").create_function(
            FunctionName=NAME,
            Runtime=f"python{RUNTIME}",
            Role=role,
            Handler="config.lambda_entry.handle",
            Code={"ZipFile": Path(PACKAGE).read_bytes()},
            MemorySize=1024,
            Timeout=60,
            Environment={
                "Variables": {"DEPLOYMENT": "production", "SERVICES": "accounts,todos,blog,updates",
                              "PARAMETERS": f"/quartet/{STAGE}"}
            },
        )  # fmt: skip
        for kind in self.queues:
            # By its address, as Zappa does: moto finds a subscription by what it was made with.
            aws.client("lambda").create_event_source_mapping(
                FunctionName=made["FunctionArn"],
                EventSourceArn=f"arn:aws:sqs:us-east-1:123456789012:{NAME}-{kind}",
                FunctionResponseTypes=["ReportBatchItemFailures"],
                BatchSize=10,
            )


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """One for all faults; each leaves it working."""
    # Not below pytest's directory: PostgreSQL's own user may not look into it.
    with (
        tempfile.TemporaryDirectory(prefix="quartet-faults-", ignore_cleanup_errors=True) as name,
        StandIns(Path(name)) as stand_ins,
    ):
        cloud = Cloud(stand_ins, Path(name))
        yield cloud
        cloud.close()


def lines(path: Path) -> list[str]:
    return sorted(path.read_text().splitlines(), key=int) if path.is_file() else []


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_two_wake_ups_at_once_do_each_task_once(cloud: Cloud, tmp_path: Path) -> None:
    cloud.enqueue(tmp_path, 12, seconds=0.3)
    threads = [threading.Thread(target=cloud.invoke, args=(cloud.wake_up(),)) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert lines(tmp_path / "begun") == numbers(12)
    assert lines(tmp_path / "done") == numbers(12)
    assert len(cloud.function.environments) >= 2


def test_a_task_whose_function_was_killed_is_done_by_the_next(cloud: Cloud, tmp_path: Path) -> None:
    cloud.enqueue(tmp_path, 4, seconds=1.0)

    def kill_in_the_second_task(environment: ExecutionEnvironment) -> None:
        def wait_and_kill() -> None:
            until(lambda: len(lines(tmp_path / "begun")) == 2, what="the second task", seconds=60)
            os.kill(environment.pid, signal.SIGKILL)

        threading.Thread(target=wait_and_kill).start()

    killed = cloud.function.invoke(json.dumps(cloud.wake_up()).encode(), started=kill_in_the_second_task)
    done_before = lines(tmp_path / "done")
    time.sleep(4.5)  # its lease
    after = cloud.invoke(cloud.wake_up())

    assert "SIGKILL" in killed.json()["errorMessage"]
    assert done_before == ["0"]
    assert after.error == ""
    assert lines(tmp_path / "done") == numbers(4)
    assert lines(tmp_path / "begun") == ["0", "1", "1", "2", "3"]


def test_an_environment_frozen_longer_than_its_connection_lives_answers(cloud: Cloud) -> None:
    url = f"{cloud.stand_ins.web_url}/health/ready"
    first = httpx.get(url, timeout=60)

    ended = cloud.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = 'quartet' AND pid <> pg_backend_pid()"
    )
    second = httpx.get(url, timeout=60)

    assert (first.status_code, second.status_code) == (200, 200)
    assert ended


def test_a_poison_message_is_kept_and_the_good_part_of_its_batch_is_done(
    cloud: Cloud, tmp_path: Path
) -> None:
    cloud.enqueue(tmp_path, 1, seconds=0)
    cloud.send_fact("no JSON at all")
    cloud.send_fact(s3_notification("uploads/x", bucket="somebody-elses"))

    cloud.deliver()

    reasons = [row[0] for row in cloud.rows("SELECT reason FROM chassis_refusedmessage ORDER BY reason")]
    assert [reason.partition(": ")[2] for reason in reasons] == [
        "No JSON.",
        "The bucket somebody-elses is none of this deployment.",
    ]
    assert lines(tmp_path / "done") == ["0"]
    assert (cloud.left_in("facts"), cloud.left_in("work")) == (0, 0)


def test_a_fact_that_nobody_knows_comes_again_and_is_then_kept(cloud: Cloud) -> None:
    cloud.send_fact(s3_notification("uploads/nobody/deleted-row/x.jpg"))

    cloud.deliver()

    kept = cloud.rows("SELECT deliveries FROM chassis_refusedmessage WHERE reason LIKE '%deleted-row%'")
    assert kept == [(TRIES,)]
    assert cloud.left_in("facts") == 0


def test_the_same_event_three_times_and_late_does_nothing_twice(cloud: Cloud, tmp_path: Path) -> None:
    cloud.enqueue(tmp_path, 3, seconds=0)

    outcomes = [cloud.invoke(cloud.wake_up()) for _ in range(3)]
    cloud.deliver()

    assert [outcome.error for outcome in outcomes] == ["", "", ""]
    assert lines(tmp_path / "begun") == numbers(3)


def test_what_is_no_event_is_refused_and_the_function_lives(cloud: Cloud) -> None:
    events: list[dict[str, Any]] = [
        {"raw_command": "print(1)"},
        {"command": "os.getcwd"},
        {"Records": [{"Sns": {}}]},
        {},
    ]

    refused = [cloud.invoke(event) for event in events]

    answer = httpx.get(f"{cloud.stand_ins.web_url}/health/live", timeout=60)
    assert [outcome.json()["errorType"] for outcome in refused] == ["UnknownEvent"] * 4
    assert answer.status_code == 200


def test_a_start_with_a_missing_parameter_names_it(cloud: Cloud) -> None:
    ssm = cloud.stand_ins.aws.client("ssm")
    key = cloud.values["SECRET_KEY"]
    ssm.delete_parameter(Name=f"/quartet/{STAGE}/SECRET_KEY")
    cloud.function.deploy(cloud.function.definition)

    refused = cloud.invoke(cloud.wake_up())
    ssm.put_parameter(Name=f"/quartet/{STAGE}/SECRET_KEY", Value=key, Type="SecureString")
    after = cloud.invoke(cloud.wake_up())

    assert "SECRET_KEY is the default" in refused.json()["errorMessage"] + refused.log
    assert after.error == ""


def test_nothing_was_written_into_the_package(cloud: Cloud) -> None:
    assert cloud.deployed.written() == []
