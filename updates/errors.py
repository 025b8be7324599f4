"""What can be wrong in updates, beside the chassis's own errors."""

from __future__ import annotations

from chassis.errors import Conflict, FieldError, InvalidInput, NotFound, Refused


class ProductNotFound(NotFound):
    """There is no such product."""

    code = "product-not-found"
    title = "There is no such product."


class ChannelNotFound(NotFound):
    """The product has no such channel."""

    code = "channel-not-found"
    title = "The product has no such channel."


class ReleaseNotFound(NotFound):
    """There is no such release."""

    code = "release-not-found"
    title = "There is no such release."


class ArtifactNotFound(NotFound):
    """There is no such artifact."""

    code = "artifact-not-found"
    title = "There is no such artifact."


class PublisherNotFound(NotFound):
    """The product has no such trusted publisher."""

    code = "publisher-not-found"
    title = "The product has no such trusted publisher."


class ReleaseClosed(Conflict):
    """What is published, withdrawn or discarded is not changed any more."""

    code = "release-closed"
    title = "This release is closed. Make a new one."


class ReleaseNotVerified(Conflict):
    """Files of the release are missing, or not verified."""

    code = "release-not-verified"
    title = "This release has files that are not verified."


class ReleaseUnfit(Conflict):
    """The clients of one of the product's formats would stumble over this release."""

    code = "release-unfit"
    title = "This release does not fit a format of its product."


class ReleasePaused(Conflict):
    """Nothing of a paused release changes but its end, or that it goes on."""

    code = "release-paused"
    title = "This release is paused. Resume or withdraw it."


class NotSubmitted(Conflict):
    """Nobody has asked for the release to be approved."""

    code = "release-not-submitted"
    title = "This release has not been submitted yet."


class NotApproved(Conflict):
    """The product asks for a second person, who has not approved the release."""

    code = "release-not-approved"
    title = "A second person has to approve this release first."


class ApprovalByAuthor(Refused):
    """Whoever worked on a release does not approve it."""

    code = "approval-by-author"
    title = "You worked on this release. Somebody else has to approve it."


class PolicyOfAdmins(Refused):
    """Where a second person approves, nobody gets around it by changing the rule."""

    code = "policy-of-admins"
    title = "A second person approves this product's releases: only an admin changes its rules."


class KeyUnusable(Conflict):
    """A private key is not there, or cannot be opened; the detail says which and why."""

    code = "key-unusable"
    title = "A signing key cannot be used."


class RootRefused(Conflict):
    """A root that cannot be the next one; the detail says why."""

    code = "root-refused"
    title = "This root is not taken in."


class ArtifactComplete(Conflict):
    """All bytes of an artifact have arrived."""

    code = "artifact-complete"
    title = "The bytes of this artifact are there. Other bytes need another name."


def at_field(pointer: str, code: str, detail: str) -> InvalidInput:
    """The error of one field."""
    return InvalidInput(f"{pointer}: {detail}", errors=[FieldError(pointer, code, detail)])
