"""What the fields of updates may hold: lengths, patterns and choices."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

# A part of addresses and keys: small letters, digits, single hyphens.
SLUG_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
SLUG_LENGTH_MOST = 40
VERSION_LENGTH_MOST = 64
NAME_LENGTH_MOST = 120
NOTES_LENGTH_MOST = 20_000
FILE_NAME_LENGTH_MOST = 150
SIGNATURE_LENGTH_MOST = 2000
PERCENT_MOST = 100
# A longer schedule is a mistake.
STEPS_MOST = 20


class VersionScheme(models.TextChoices):
    """How the versions of a product are written and compared."""

    SEMVER = "semver", _("SemVer (1.4.0, 2.0.0-rc.1)")
    PEP440 = "pep440", _("PEP 440 (1.4, 2.0rc1)")
    INTEGER = "integer", _("whole numbers (41, 42)")


class ManifestFormat(models.TextChoices):
    """What a product publishes beside the plain manifest, which is always there."""

    ELECTRON = "electron", "electron-updater"
    TUF = "tuf", _("TUF (hash bins where there are many files)")
    TUFUP = "tufup", _("TUF for tufup")


class ReleaseState(models.TextChoices):
    """From the first draft to the end of a release."""

    DRAFT = "draft", _("draft")
    UPLOADED = "uploaded", _("uploaded")
    VERIFIED = "verified", _("verified")
    APPROVED = "approved", _("approved")
    PUBLISHING = "publishing", _("publishing")
    PUBLISHED = "published", _("published")
    PAUSED = "paused", _("paused")
    WITHDRAWN = "withdrawn", _("withdrawn")
    DISCARDED = "discarded", _("discarded")


# A release may still be changed.
OPEN_STATES = frozenset(
    {ReleaseState.DRAFT, ReleaseState.UPLOADED, ReleaseState.VERIFIED, ReleaseState.APPROVED}
)
# Manifests offer it.
LIVE_STATES = frozenset({ReleaseState.PUBLISHING, ReleaseState.PUBLISHED})
# Its files stay: whoever has begun to download goes on while a release is paused.
KEPT_STATES = LIVE_STATES | {ReleaseState.PAUSED}


class ArtifactState(models.TextChoices):
    """Where the bytes of an artifact are."""

    WAITING = "waiting", _("waiting for its bytes")
    UPLOADED = "uploaded", _("being verified")
    VERIFIED = "verified", _("verified")
    REFUSED = "refused", _("refused")


class OperatingSystem(models.TextChoices):
    """For which system a file is."""

    WINDOWS = "windows", "Windows"
    MACOS = "macos", "macOS"
    LINUX = "linux", "Linux"
    ANY = "any", _("any system")


class Architecture(models.TextChoices):
    """For which processor a file is."""

    X86_64 = "x86_64", "x86-64"
    ARM64 = "arm64", "ARM64"
    X86 = "x86", "x86 (32 bit)"
    UNIVERSAL = "universal", _("universal")
    ANY = "any", _("any processor")


class ArtifactKind(models.TextChoices):
    """What a file is for."""

    INSTALLER = "installer", _("installer")
    FULL = "full", _("whole application")
    DELTA = "delta", _("difference to an earlier version")
    BLOCKMAP = "blockmap", _("block map")
    SIGNATURE = "signature", _("signature")
