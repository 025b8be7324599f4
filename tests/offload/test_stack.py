"""The stack is one that CloudFormation takes, and it takes what the plan writes."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from updates.offload.model import Edge, Replay
from updates.offload.paths import BadPattern, pattern_regex
from updates.offload.plan import MUTABLE_MOST, PATTERNS_MOST, make_plan, stack_parameters
from updates.offload.prices import read_prices

STACK = Path(__file__).parents[2] / "infra" / "offload.yaml"


class _Loader(yaml.SafeLoader):
    """CloudFormation's short forms stay what they are: a name and a value."""


def _short_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


@pytest.fixture(scope="module")
def stack():
    """The template."""
    return yaml.load(STACK.read_text(), Loader=_Loader)


@pytest.mark.parametrize("letter", [*string.printable, "ü", "\u202e"])
def test_the_stack_takes_each_pattern_that_the_plan_takes(stack, letter):
    allowed = stack["Parameters"]["ArtifactPattern1"]["AllowedPattern"]
    pattern = f"/files/{letter}.zip"

    try:
        pattern_regex(pattern)
        is_taken = True
    except BadPattern:
        is_taken = False

    assert is_taken == (re.fullmatch(allowed, pattern) is not None)


@pytest.mark.slow
def test_cfn_lint_finds_nothing():
    command = [str(Path(sys.executable).with_name("cfn-lint")), str(STACK)]

    found = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (found.stdout, found.returncode) == ("", 0)


def test_every_value_that_the_plan_writes_is_a_parameter(stack):
    plan = make_plan(Replay(Edge(keeps_query=True, has_shield=False)), read_prices())

    values = stack_parameters(plan, origin="downloads.example.com", shield_region="eu-central-1")

    for value in values:
        known = stack["Parameters"][value["ParameterKey"]]
        assert re.fullmatch(known.get("AllowedPattern", ".*"), value["ParameterValue"])
        assert value["ParameterValue"] in known.get("AllowedValues", [value["ParameterValue"]])
    assert len(values) == 4 + PATTERNS_MOST + MUTABLE_MOST


def test_only_artifacts_are_kept_and_no_cookie_header_or_query_reaches_them(stack):
    resources = stack["Resources"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    policy = resources["ArtifactCachePolicy"]["Properties"]["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]

    # The managed policy CachingDisabled.
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert len(config["CacheBehaviors"]) == MUTABLE_MOST + PATTERNS_MOST
    assert policy["MinTTL"] == {"Ref": "ArtifactSeconds"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": {"If": ["KeepsQuery", "all", "none"]}}
    removed = resources["ArtifactHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["RemoveHeadersConfig"]
    assert {"Header": "Set-Cookie"} in removed["Items"]
