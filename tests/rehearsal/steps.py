"""The steps of a rehearsal, in the order in which an operator takes them. Each returns what it saw."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import httpx

from local.aws_lambda.deployed import Deployed
from local.aws_lambda.environment import Outcome
from local.aws_lambda.gateway import Gateway
from local.aws_lambda.queues import Subscriptions
from tests.local.programs import until
from tests.rehearsal.stand_ins import CHECKOUT, SERVICES, STAGE, StandIns


class Rehearsal:
    """One deployment from nothing to nothing, all in one function and one function a service."""

    def __init__(self, cloud: StandIns, directory: Path) -> None:
        self.cloud = cloud
        self.deployed = Deployed(cloud.aws, directory / "lambda", variables=cloud.function_variables())
        self.gateways: list[Gateway] = []
        self._typed: list[str] = []
        # Of all in one, for the faults.
        self.package = directory / "staging.zip"

    def steps(self, parts: Collection[str]) -> list[Callable[[], str]]:
        """Those of the named parts, in their order."""
        together = [
            self.deploy_all_in_one,
            self.migrate,
            self.answer_through_the_edge,
            self.walk_the_tour,
            self.bring_wake_ups_until_quiet,
            self.run_the_schedules,
            self.update,
            self.roll_back,
            self.remove,
        ]
        apart = [self.deploy_one_function_a_service, self.walk_the_tour_over_four_functions]
        return [
            self.make_what_zappa_does_not,
            *(together if "together" in parts else []),
            *(apart if "apart" in parts else []),
            self.find_nothing_written,
        ]

    def make_what_zappa_does_not(self) -> str:
        """Queues, parameters, a database. CloudFormation's part later."""
        sqs = self.cloud.aws.client("sqs")
        names = [f"quartet-{STAGE}", *(f"quartet-{STAGE}-{service}" for service in SERVICES)]
        for name in names:
            for kind in ("work", "facts"):
                sqs.create_queue(QueueName=f"{name}-{kind}")
        values = {**self.cloud.parameters(), "DATABASE_URL": self.cloud.database("quartet")}
        values["WORK_QUEUE_URL"] = self._work_queue(f"quartet-{STAGE}")
        self.cloud.put_parameters(f"/quartet/{STAGE}", values)
        return f"{2 * len(names)} queues, {len(values)} parameters in SSM, an empty PostgreSQL database."

    def deploy_all_in_one(self) -> str:
        """`zappa deploy staging`."""
        printed = self._zappa("deploy", STAGE)
        assert "Deployment complete" in printed, printed
        self.package.write_bytes(self.cloud.aws.package_of(f"quartet-{STAGE}"))
        return _facts_of_package(printed)

    def migrate(self) -> str:
        """`zappa manage staging "migrate --no-input"`, in the deployed function."""
        self._zappa("manage", STAGE, "migrate --no-input")
        outcome = self._function(f"quartet-{STAGE}").outcomes[-1]
        return f"In the function: {_figures(outcome)}. {self._limits(f'quartet-{STAGE}')}."

    def answer_through_the_edge(self) -> str:
        """Edge, API Gateway, function, database, object store."""
        self._open_gateway("web", f"quartet-{STAGE}")
        answer = httpx.get(f"{self.cloud.web_url}/health/ready", timeout=120)
        assert answer.status_code == 200, answer.text
        page = httpx.get(f"{self.cloud.web_url}/", timeout=120).text
        style = re.search(r'href="(http[^"]+/static/[^"]+\.css)"', page)
        assert style is not None, page
        assert httpx.get(style[1]).status_code == 200, style[1]
        return f"{answer.json()['checks']}; a hashed static file of the page is at the edge."

    def walk_the_tour(self) -> str:
        """All in one function."""
        return self._tour(f"quartet-{STAGE}")

    def bring_wake_ups_until_quiet(self) -> str:
        """What the tour enqueued is done by the function that SQS wakes up."""
        name = f"quartet-{STAGE}"
        subscriptions = Subscriptions(self.cloud.aws, name, invoke=self.deployed.invoke)
        assert len(list(subscriptions.mappings())) == 2
        outcomes = subscriptions.deliver_until_quiet()
        assert not [outcome for outcome in outcomes if outcome.error], outcomes
        return f"{len(outcomes)} batches taken; subscriptions answer failures one by one."

    def run_the_schedules(self) -> str:
        """As EventBridge calls them."""
        events = self.cloud.aws.client("events")
        name = f"quartet-{STAGE}"
        arn = self._function(name).definition.arn
        rules = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
        said = []
        for rule in sorted(rules):
            rule_arn = events.describe_rule(Name=rule)["Arn"]
            event = {"detail-type": "Scheduled Event", "source": "aws.events", "resources": [rule_arn]}
            outcome = self.deployed.invoke(name, json.dumps(event).encode())
            assert not outcome.error, outcome
            said.append(f"{rule.rpartition('.')[2]} {outcome.json()}")
        assert len(said) == 2, rules
        return "; ".join(said)

    def update(self) -> str:
        """`zappa update staging`; what is deployed stays the same, byte for byte."""
        before = self._digest()
        printed = self._zappa("update", STAGE)
        assert "is live" in printed, printed
        after = self._digest()
        assert after == before, f"The same input made another package: {before}, {after}"
        self._expect_live()
        return "The same input made the same package; it answers."

    def roll_back(self) -> str:
        """`zappa rollback staging -n 1`."""
        self._zappa("rollback", STAGE, "-n", "1")
        self._expect_live()
        return "The version before answers."

    def remove(self) -> str:
        """`zappa undeploy staging -y`."""
        self._close_gateways()
        self._zappa("undeploy", STAGE, "-y")
        assert self._function_names() == []
        assert self._typed == readme_commands(), self._typed
        return "No function, no rule and no subscription is left."

    def deploy_one_function_a_service(self) -> str:
        """Four functions, four databases, four queues."""
        urls = {f"{name.upper()}_URL": self.cloud.url_of(name) for name in SERVICES}
        sizes = []
        for service in SERVICES:
            others = {name: url for name, url in urls.items() if name != f"{service.upper()}_URL"}
            values = {
                **others,
                "WEB_URL": self.cloud.url_of(service),
                "DATABASE_URL": self.cloud.database(f"quartet_{service}"),
                "WORK_QUEUE_URL": self._work_queue(f"quartet-{STAGE}-{service}"),
            }
            self.cloud.put_parameters(f"/quartet/{STAGE}/{service}", values)
            printed = self.cloud.run("zappa", "deploy", f"{STAGE}_{service}")
            sizes.append(f"{service} {_facts_of_package(printed)}")
            self.cloud.run("zappa", "manage", f"{STAGE}_{service}", "migrate --no-input")
            self._open_gateway(service, f"quartet-{STAGE}-{service}")
        return "; ".join(sizes)

    def walk_the_tour_over_four_functions(self) -> str:
        """They speak REST to one another, through the edge."""
        urls = {f"{name.upper()}_URL": self.cloud.url_of(name) for name in SERVICES}
        return self._tour(*(f"quartet-{STAGE}-{service}" for service in SERVICES), **urls)

    def find_nothing_written(self) -> str:
        """In any package, by any function, in all that went before."""
        assert self.deployed.written() == []
        return "No package was written into."

    def close(self) -> None:
        """End gateways and functions."""
        self._close_gateways()
        self.deployed.close()

    def _zappa(self, *arguments: str) -> str:
        """A command of the README, word for word."""
        self._typed.append(f"zappa {' '.join(f'{word!r}' if ' ' in word else word for word in arguments)}")
        return self.cloud.run("zappa", *arguments)

    def _tour(self, *functions: str, **variables: str) -> str:
        before = {name: len(self._function(name).outcomes) for name in functions}
        drained = _Draining(self, functions)
        try:
            printed = self.cloud.tour(**variables)
        finally:
            drained.stop()
        outcomes = [one for name in functions for one in self._function(name).outcomes[before[name] :]]
        steps = [line for line in printed.splitlines() if re.match(r" *\d+/\d+ ", line)]
        listed = "".join(f"\n           {line}" for line in steps)
        return f"{len(steps)} steps, {_figures_of_all(outcomes)}.{listed}"

    def _function(self, name: str) -> Any:
        return self.deployed.function(name)

    def _function_names(self) -> list[str]:
        found = self.cloud.aws.client("lambda").list_functions()["Functions"]
        return [function["FunctionName"] for function in found]

    def _digest(self) -> str:
        function = self.cloud.aws.client("lambda").get_function(FunctionName=f"quartet-{STAGE}")
        return str(function["Configuration"]["CodeSha256"])

    def _expect_live(self) -> None:
        self._function(f"quartet-{STAGE}")
        answer = httpx.get(f"{self.cloud.web_url}/health/live", timeout=120)
        assert answer.status_code == 200, answer.text

    def _open_gateway(self, site: str, function: str) -> None:
        port = self.cloud.gateway_port(site)
        self.gateways.append(Gateway(self._function(function), port=port, stage=STAGE))
        url = f"{self.cloud.url_of(site)}/health/live"
        until(lambda: httpx.get(url, timeout=120).status_code == 200, what=url, seconds=180)

    def _close_gateways(self) -> None:
        while self.gateways:
            self.gateways.pop().close()

    def _work_queue(self, function: str) -> str:
        return str(self.cloud.aws.client("sqs").get_queue_url(QueueName=f"{function}-work")["QueueUrl"])

    def _limits(self, name: str) -> str:
        return f"Limited by {self._function(name).limited_by}"


class _Draining:
    """SQS, while something else is going on: brings messages in a thread of its own."""

    def __init__(self, rehearsal: Rehearsal, functions: tuple[str, ...]) -> None:
        import threading

        self._stopped = threading.Event()
        self._subscriptions = [
            Subscriptions(rehearsal.cloud.aws, name, invoke=rehearsal.deployed.invoke) for name in functions
        ]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No more."""
        self._stopped.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._stopped.wait(0.2):
            for subscription in self._subscriptions:
                subscription.deliver()


def readme_commands() -> list[str]:
    """What the README tells an operator to type."""
    section = (CHECKOUT / "README.md").read_text().partition("\n## Deploy\n")[2].partition("\n## ")[0]
    return [line.strip().replace('"', "'") for line in section.splitlines() if line.startswith("    zappa ")]


def _facts_of_package(printed: str) -> str:
    found = re.search(r"\.zip: ([\d.]+ MB), unpacked ([\d.]+ MB), sha256 (\w{12})", printed)
    assert found is not None, printed
    uploaded = re.search(r"Static files: (\d+) of (\d+) uploaded", printed)
    assert uploaded is not None, printed
    return f"{found[1]} ({found[2]} unpacked, {found[3]}…), {uploaded[1]} static files uploaded"


def _figures(outcome: Outcome) -> str:
    times = f"init {outcome.init_seconds:.2f} s, event {outcome.seconds:.2f} s"
    return f"{times}, peak {outcome.peak_megabytes:.0f} MB"


def _figures_of_all(outcomes: list[Outcome]) -> str:
    warm = sorted(outcome.seconds for outcome in outcomes if not outcome.init_seconds)
    cold = [outcome.init_seconds for outcome in outcomes if outcome.init_seconds]
    middle = warm[len(warm) // 2] if warm else 0.0
    peak = max((outcome.peak_megabytes for outcome in outcomes), default=0.0)
    starts = f"{len(cold)} starts of at most {max(cold):.2f} s" if cold else "no start"
    return f"{len(outcomes)} events, {starts}, warm p50 {middle * 1000:.0f} ms, peak {peak:.0f} MB"
