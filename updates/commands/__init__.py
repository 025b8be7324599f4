"""Everything that changes something in updates, one function a use case."""

from updates.commands.approval import approve_release, submit_release
from updates.commands.artifacts import add_artifact, remove_artifact
from updates.commands.brought_deltas import check_brought_deltas
from updates.commands.deltas import make_deltas
from updates.commands.formats import require_formats, with_formats
from updates.commands.garbage import collect_garbage
from updates.commands.keys import add_signing_key
from updates.commands.products import (
    create_channel,
    create_product,
    require_public_keys,
    update_channel,
    update_product,
)
from updates.commands.publication import (
    REMOVAL_DELAY,
    finish_publication,
    note_announcement,
    note_failed_publication,
    publish_release,
    remove_unnamed_files,
    withdraw_release,
)
from updates.commands.publishers import (
    TOKEN_PREFIX,
    IssuedToken,
    check_rule,
    digest_of,
    distrust_publisher,
    exchange_pipeline_token,
    prune_publisher_tokens,
    trust_publisher,
)
from updates.commands.releases import (
    CONTENTS,
    check_contents,
    create_release,
    discard_release,
    update_release,
)
from updates.commands.renewal import late_signatures, products_to_renew, renew_signatures
from updates.commands.rollouts import (
    advance_rollout,
    first_percent,
    pause_release,
    plan_rollout,
    release_to_everyone,
    resume_release,
)
from updates.commands.roots import check_root, prepare_root, take_root
from updates.commands.signing import SignedProduct, kept_signatures, sign_product
from updates.commands.statistics import count_log, count_logs, prune_traces
from updates.commands.uploads import (
    ArtifactUpload,
    begin_upload,
    complete_upload,
    delete_upload,
    sign_upload_parts,
)
from updates.commands.verification import verify_artifact

__all__ = [
    "CONTENTS",
    "REMOVAL_DELAY",
    "TOKEN_PREFIX",
    "ArtifactUpload",
    "IssuedToken",
    "SignedProduct",
    "add_artifact",
    "add_signing_key",
    "advance_rollout",
    "approve_release",
    "begin_upload",
    "check_brought_deltas",
    "check_contents",
    "check_root",
    "check_rule",
    "collect_garbage",
    "complete_upload",
    "count_log",
    "count_logs",
    "create_channel",
    "create_product",
    "create_release",
    "delete_upload",
    "digest_of",
    "discard_release",
    "distrust_publisher",
    "exchange_pipeline_token",
    "finish_publication",
    "first_percent",
    "kept_signatures",
    "late_signatures",
    "make_deltas",
    "note_announcement",
    "note_failed_publication",
    "pause_release",
    "plan_rollout",
    "prepare_root",
    "products_to_renew",
    "prune_publisher_tokens",
    "prune_traces",
    "publish_release",
    "release_to_everyone",
    "remove_artifact",
    "remove_unnamed_files",
    "renew_signatures",
    "require_formats",
    "require_public_keys",
    "resume_release",
    "sign_product",
    "sign_upload_parts",
    "submit_release",
    "take_root",
    "trust_publisher",
    "update_channel",
    "update_product",
    "update_release",
    "verify_artifact",
    "with_formats",
    "withdraw_release",
]
