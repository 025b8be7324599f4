"""Products, their channels, what is released in them, the files of a release, and who did what."""

from updates.models.audit import AuditEntry
from updates.models.choices import (
    FILE_NAME_LENGTH_MOST,
    KEPT_STATES,
    LIVE_STATES,
    NAME_LENGTH_MOST,
    NOTES_LENGTH_MOST,
    OPEN_STATES,
    PERCENT_MOST,
    SIGNATURE_LENGTH_MOST,
    SLUG_LENGTH_MOST,
    SLUG_PATTERN,
    STEPS_MOST,
    VERSION_LENGTH_MOST,
    Architecture,
    ArtifactKind,
    ArtifactState,
    ManifestFormat,
    OperatingSystem,
    ReleaseState,
    VersionScheme,
)
from updates.models.deltas import OFFERED_STATES, Delta, DeltaFormat, DeltaState
from updates.models.products import Channel, Product
from updates.models.publishers import Pipelines, PublisherToken, TrustedPublisher
from updates.models.releases import Artifact, Release, RolloutStep
from updates.models.signing import TUF_ROLES, SignedFile, SigningKey, SigningRole
from updates.models.statistics import DownloadDay, DownloadTraces, EdgeLog, TraceSalt

__all__ = [
    "FILE_NAME_LENGTH_MOST",
    "KEPT_STATES",
    "LIVE_STATES",
    "NAME_LENGTH_MOST",
    "NOTES_LENGTH_MOST",
    "OFFERED_STATES",
    "OPEN_STATES",
    "PERCENT_MOST",
    "SIGNATURE_LENGTH_MOST",
    "SLUG_LENGTH_MOST",
    "SLUG_PATTERN",
    "STEPS_MOST",
    "TUF_ROLES",
    "VERSION_LENGTH_MOST",
    "Architecture",
    "Artifact",
    "ArtifactKind",
    "ArtifactState",
    "AuditEntry",
    "Channel",
    "Delta",
    "DeltaFormat",
    "DeltaState",
    "DownloadDay",
    "DownloadTraces",
    "EdgeLog",
    "ManifestFormat",
    "OperatingSystem",
    "Pipelines",
    "Product",
    "PublisherToken",
    "Release",
    "ReleaseState",
    "RolloutStep",
    "SignedFile",
    "SigningKey",
    "SigningRole",
    "TraceSalt",
    "TrustedPublisher",
    "VersionScheme",
]
