"""Variables whose values are kept elsewhere: in SSM's Parameter Store or in Secrets Manager.

    PARAMETERS=/quartet/staging,/quartet/staging/todos     every parameter below becomes a variable
    SECRET_KEY=ssm:/quartet/staging/SECRET_KEY             one parameter, decrypted
    DATABASE_URL=secretsmanager:quartet/staging#url        one secret, or one field of a JSON one

They are read once, when the process starts. What is set in the environment itself wins over what
PARAMETERS finds, and a later path over an earlier one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping

from django.core.exceptions import ImproperlyConfigured

from config.signed_requests import Refused, ask

_BATCH = 10  # GetParameters takes no more


def load_parameters(environment: MutableMapping[str, str]) -> None:
    """Put the values of references into the environment.

    Raises:
        ImproperlyConfigured: naming the variable and its reference, never a value.
    """
    paths = [path.strip() for path in environment.get("PARAMETERS", "").split(",") if path.strip()]
    found: dict[str, str] = {}
    for path in paths:
        found.update(_below(path))
    for name, value in found.items():
        environment.setdefault(name, value)
    by_parameter = {name: value for name, value in environment.items() if value.startswith("ssm:/")}
    environment.update(_parameters(by_parameter))
    for name, value in list(environment.items()):
        if value.startswith("secretsmanager:"):
            environment[name] = _secret(name, value)


def _below(path: str) -> Iterator[tuple[str, str]]:
    if not path.startswith("/"):
        raise ImproperlyConfigured(f"PARAMETERS has {path!r}; expected paths that start with /.")
    prefix = path.rstrip("/")
    try:
        asked = {"Path": prefix, "WithDecryption": True}
        while True:
            page = ask("ssm", "GetParametersByPath", asked)
            for parameter in page["Parameters"]:
                yield parameter["Name"].removeprefix(f"{prefix}/"), parameter["Value"]
            if not page.get("NextToken"):
                return
            asked["NextToken"] = page["NextToken"]
    except Exception as error:
        raise ImproperlyConfigured(f"PARAMETERS: {path} cannot be read ({_said(error)}).") from error


def _parameters(references: dict[str, str]) -> Iterator[tuple[str, str]]:
    names = sorted({reference.removeprefix("ssm:") for reference in references.values()})
    values: dict[str, str] = {}
    for start in range(0, len(names), _BATCH):
        try:
            batch = names[start : start + _BATCH]
            answer = ask("ssm", "GetParameters", {"Names": batch, "WithDecryption": True})
        except Exception as error:
            shown = ", ".join(sorted(references))
            raise ImproperlyConfigured(f"{shown}: SSM cannot be read ({_said(error)}).") from error
        values.update((parameter["Name"], parameter["Value"]) for parameter in answer["Parameters"])
    for variable, reference in sorted(references.items()):
        name = reference.removeprefix("ssm:")
        if name not in values:
            raise ImproperlyConfigured(f"{variable} is {reference}; there is no such parameter in SSM.")
        yield variable, values[name]


def _secret(variable: str, reference: str) -> str:
    name, _, field = reference.removeprefix("secretsmanager:").partition("#")
    try:
        text: str = ask("secretsmanager", "GetSecretValue", {"SecretId": name})["SecretString"]
        return str(json.loads(text)[field]) if field else text
    except Exception as error:
        raise ImproperlyConfigured(
            f"{variable} is {reference}; it cannot be read ({_said(error)})."
        ) from None


def _said(error: Exception) -> str:
    """The kind of an error. Its text may repeat what was read."""
    return str(error) if isinstance(error, Refused) else type(error).__name__
