"""The REST-XML of CloudFront's invalidations, as botocore writes and reads it (`cloudfront/2020-05-31`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

NAMESPACE = "http://cloudfront.amazonaws.com/doc/2020-05-31/"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
MOST_PATHS = 3000
MOST_WILDCARDS = 15
MOST_PATH_CHARACTERS = 4000
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
# What an address may hold unencoded; a star is a wildcard at the end alone.
_PATH = re.compile(r"/[A-Za-z0-9\-._~:/?@!$&'()+,;=%]*\*?", re.ASCII)


class Refusal(Exception):
    """An answer that CloudFront gives to a request that it does not take."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True)
class Batch:
    """What somebody wants invalidated; the same reference again is the same invalidation."""

    reference: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Invalidation:
    """One that was done."""

    id: str
    created: str
    batch: Batch


def read_batch(body: bytes) -> Batch:
    """The batch in the body of `CreateInvalidation`.

    Raises:
        Refusal: no XML, or not such a batch, or more than CloudFront takes at once.
    """
    if b"<!DOCTYPE" in body:
        raise Refusal("MalformedInput", "A document type is not taken.")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - without a document type there are no entities
    except ElementTree.ParseError:
        raise Refusal("MalformedInput", "The body is not well-formed XML.") from None
    reference = (root.findtext(f"{{{NAMESPACE}}}CallerReference") or "").strip()
    quantity = root.findtext(f"{{{NAMESPACE}}}Paths/{{{NAMESPACE}}}Quantity") or ""
    paths = tuple(
        (item.text or "")
        for item in root.iterfind(f"{{{NAMESPACE}}}Paths/{{{NAMESPACE}}}Items/{{{NAMESPACE}}}Path")
    )
    if not reference:
        raise Refusal("InvalidArgument", "CallerReference is missing.")
    if quantity != str(len(paths)):
        raise Refusal("InconsistentQuantities", f"Quantity is {quantity}, and there are {len(paths)} items.")
    _require_valid(paths)
    return Batch(reference, paths)


def _require_valid(paths: Sequence[str]) -> None:
    if not paths:
        raise Refusal("InvalidArgument", "There are no paths.")
    if len(paths) > MOST_PATHS:
        raise Refusal("BatchTooLarge", f"At most {MOST_PATHS} paths are taken at once.", 413)
    if sum(path.endswith("*") for path in paths) > MOST_WILDCARDS:
        raise Refusal(
            "TooManyInvalidationsInProgress", f"At most {MOST_WILDCARDS} wildcards are taken at once."
        )
    for path in paths:
        if len(path) > MOST_PATH_CHARACTERS or not _PATH.fullmatch(path):
            raise Refusal(
                "InvalidArgument",
                f"Your request contains one or more invalid invalidation paths: {path[:200]!r}.",
            )


def invalidation_document(invalidation: Invalidation) -> bytes:
    """The answer of `CreateInvalidation` and `GetInvalidation`."""
    root = ElementTree.Element("Invalidation", xmlns=NAMESPACE)
    _summarise(root, invalidation)
    batch = ElementTree.SubElement(root, "InvalidationBatch")
    paths = ElementTree.SubElement(batch, "Paths")
    _add(paths, "Quantity", str(len(invalidation.batch.paths)))
    items = ElementTree.SubElement(paths, "Items")
    for path in invalidation.batch.paths:
        _add(items, "Path", path)
    _add(batch, "CallerReference", invalidation.batch.reference)
    return _printed(root)


def list_document(invalidations: Iterable[Invalidation]) -> bytes:
    """The answer of `ListInvalidations`, newest first, on one page."""
    found = list(invalidations)
    root = ElementTree.Element("InvalidationList", xmlns=NAMESPACE)
    for name, text in (("Marker", ""), ("MaxItems", "100"), ("IsTruncated", "false")):
        _add(root, name, text)
    _add(root, "Quantity", str(len(found)))
    items = ElementTree.SubElement(root, "Items")
    for invalidation in found:
        _summarise(ElementTree.SubElement(items, "InvalidationSummary"), invalidation)
    return _printed(root)


def refusal_document(refusal: Refusal, request_id: str) -> bytes:
    """The answer to a request that is not taken."""
    root = ElementTree.Element("ErrorResponse", xmlns=NAMESPACE)
    error = ElementTree.SubElement(root, "Error")
    for name, text in (("Type", "Sender"), ("Code", refusal.code), ("Message", str(refusal))):
        _add(error, name, text)
    _add(root, "RequestId", request_id)
    return _printed(root)


def _summarise(parent: ElementTree.Element, invalidation: Invalidation) -> None:
    _add(parent, "Id", invalidation.id)
    # A copy that is gone is gone at once.
    _add(parent, "Status", "Completed")
    _add(parent, "CreateTime", invalidation.created)


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text


def _printed(root: ElementTree.Element) -> bytes:
    return _HEAD + ElementTree.tostring(root, encoding="utf-8")
