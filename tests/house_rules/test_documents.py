"""What the documents say is what the code does, and their links lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from chassis.management.commands.configuration import declared_variables
from tests.house_rules.sources import ROOT, files, name, python_files, syntax_tree

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)]*)?\)")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{3,}")
# Read by Python, Django, the operating system or the tests, so not ours to document.
FOREIGN = {"DJANGO_SETTINGS_MODULE", "NO_COLOR", "PATH", "HOME", "PYTEST_XDIST_WORKER", "PYENV_ROOT"}
# Of a WSGI request (PEP 3333), and what one program here tells another.
FOREIGN |= {"PATH_INFO", "RAW_URI", "REQUEST_URI", "QUERY_STRING", "REQUEST_METHOD", "CONTENT_LENGTH"}
FOREIGN |= {"COLLECTED_STATIC_DIR"}
# What Lambda and every SDK of AWS tell a process.
FOREIGN |= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
FOREIGN |= {"AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_LAMBDA_INITIALIZATION_TYPE"}
# Of a pipeline of GitHub, and of a desktop.
FOREIGN |= {"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "RUNNER_TEMP"}
FOREIGN |= {"XDG_CONFIG_HOME"}


@pytest.mark.parametrize("command", ["openapi", "configuration"])
def test_a_page_that_is_printed_from_the_code_is_up_to_date(command: str) -> None:
    call_command(command, "--check")


def _variables_read() -> dict[str, str]:
    """Names in `os.environ[…]`, `.get(…)` and `getenv(…)` of the product, and where."""
    found = {}
    for path in python_files():
        if name(path).split("/")[0] in ("tests", "bench"):
            continue
        for node in ast.walk(syntax_tree(path)):
            if variable := _variable_of(node):
                found[variable] = name(path)
    return found


def _variable_of(node: ast.AST) -> str | None:
    """`os.environ["A"]`, `environment.get("A")`, `os.getenv("A")`, `_port(environment, "A")`."""
    if isinstance(node, ast.Subscript) and _is_environ(node.value):
        return _variable_name(node.slice)
    if not isinstance(node, ast.Call):
        return None
    called = ast.unparse(node.func)
    reads = called.endswith(("environ.get", "environment.get", "os.getenv"))
    takes = any(_is_environ(argument) for argument in node.args)
    named = [name for argument in node.args if (name := _variable_name(argument))]
    return named[0] if named and (reads or takes) else None


def _is_environ(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node).endswith(
        ("environ", "environment")
    )


def _variable_name(node: ast.AST) -> str | None:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text and VARIABLE.fullmatch(node.value) else None  # type: ignore[attr-defined]


def test_every_variable_that_is_read_is_documented() -> None:
    pages = [ROOT / "docs" / f"{page}.md" for page in ("configuration", "local", "identity", "cloud")]
    pages.append(ROOT / "clients" / "publish" / "README.md")
    documented = "".join(page.read_text(encoding="utf-8") for page in pages)

    read = {variable: where for variable, where in _variables_read().items() if variable not in FOREIGN}
    assert {"LOCAL_DIR", "WEB_PORT"} <= set(read)
    assert {variable: where for variable, where in read.items() if f"`{variable}`" not in documented} == {}


def test_every_declared_variable_says_what_it_does() -> None:
    silent = [variable.name for variable in declared_variables() if not variable.effect.strip().endswith(".")]

    assert silent == []


def test_no_secret_has_a_default_that_works_in_production() -> None:
    secrets = {variable.name: variable.default for variable in declared_variables() if variable.secret}

    assert secrets.pop("SECRET_KEY") == settings.INSECURE_SECRET_KEY  # refused in production
    assert secrets.pop("DATABASE_URL").startswith("sqlite:")  # refused in production
    assert set(secrets.values()) == {""}


def _pages() -> list[Path]:
    return list(files(".md"))


@pytest.mark.parametrize("page", _pages(), ids=name)
def test_every_link_inside_the_repository_leads_to_a_file(page: Path) -> None:
    targets = [match.group(1) for match in LINK.finditer(page.read_text(encoding="utf-8"))]

    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_every_decision_is_in_the_index() -> None:
    directory = ROOT / "docs" / "decisions"
    index = (directory / "README.md").read_text(encoding="utf-8")

    decisions = [path.name for path in directory.glob("[0-9]*.md")]
    assert len(decisions) >= 3
    assert [decision for decision in decisions if f"({decision})" not in index] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_that_a_page_names_is_there(page: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))

    named = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", (ROOT / page).read_text(encoding="utf-8"), re.M))
    assert named
    assert named <= targets


def test_the_map_of_the_readme_names_every_directory() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    directories = {name(path).split("/")[0] for path in python_files() if path.parent != ROOT}

    assert [directory for directory in sorted(directories) if f"`{directory}/`" not in readme] == []
