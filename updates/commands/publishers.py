"""Trusted publishers: rules by which a pipeline's token is exchanged for one that publishes a product."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone

from chassis.transactions import in_transaction, transactional
from updates.commands.products import require_policy_change
from updates.commands.steps import audit, lock_product
from updates.errors import PublisherNotFound, at_field
from updates.models import Pipelines, Product, PublisherToken, TrustedPublisher
from updates.pipeline_tokens import Pipeline, PipelineTokenRefused, read_pipeline_token

TOKEN_PREFIX = "quartet-publish-"  # noqa: S105 - it makes a token known, to scanners of secrets too
# As long as signed addresses of parts are good.
TOKEN_LIFE = timedelta(hours=1)
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
_PARTS = r"[A-Za-z0-9_.-]+"
_REPOSITORIES = {
    Pipelines.GITHUB: re.compile(rf"{_PARTS}/{_PARTS}", re.ASCII),
    Pipelines.GITLAB: re.compile(rf"{_PARTS}(/{_PARTS})+", re.ASCII),
}
_WORKFLOWS = {
    Pipelines.GITHUB: re.compile(r"[A-Za-z0-9_.-]+\.ya?ml", re.ASCII),
    Pipelines.GITLAB: re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*\.ya?ml", re.ASCII),
}


@dataclass(frozen=True)
class IssuedToken:
    """A token in clear, once."""

    token: str
    product: str
    expires_at: datetime


def trust_publisher(
    *,
    actor: str,
    product: str,
    pipelines: str,
    repository: str,
    workflow: str,
    issuer: str = "",
    environment: str = "",
    is_admin: bool = False,
) -> TrustedPublisher:
    """Let a workflow publish a product.

    Raises:
        ProductNotFound.
        PolicyOfAdmins: a second person approves its releases, and this is no admin.
        InvalidInput: at `/issuer`, `/repository`, `/workflow`; or there is this rule already.
    """
    issuer = check_rule(pipelines=pipelines, issuer=issuer, repository=repository, workflow=workflow)

    def insert() -> TrustedPublisher:
        owner = lock_product(product)
        require_policy_change(owner, ["publishers"], is_admin=is_admin)
        made = TrustedPublisher.objects.create(
            product=owner,
            pipelines=pipelines,
            issuer=issuer,
            repository=repository,
            workflow=workflow,
            environment=environment,
            created_by=actor,
        )
        audit(owner, "publisher_trusted", actor=actor, repository=repository, workflow=workflow)
        return made

    try:
        return in_transaction(insert)
    except IntegrityError as error:
        raise at_field("/repository", "taken", "This workflow is trusted already.") from error


def check_rule(*, pipelines: str, issuer: str, repository: str, workflow: str) -> str:
    """The issuer of a rule, which is known for GitHub and, with one GitLab, for that.

    Raises:
        InvalidInput: at `/issuer`, `/repository` or `/workflow`.
    """
    kind = Pipelines(pipelines)
    known = [one for one in settings.UPDATES_PIPELINE_ISSUERS if (one == GITHUB_ISSUER) == (kind == "github")]
    issuer = issuer or (known[0] if len(known) == 1 else "")
    if issuer not in settings.UPDATES_PIPELINE_ISSUERS:
        trusted = ", ".join(settings.UPDATES_PIPELINE_ISSUERS)
        raise at_field("/issuer", "unknown", f"Choose one of {trusted} (UPDATES_PIPELINE_ISSUERS).")
    if not _REPOSITORIES[kind].fullmatch(repository):
        raise at_field("/repository", "not-a-repository", "Write it such as acme/tide.")
    if not _WORKFLOWS[kind].fullmatch(workflow) or ".." in workflow:
        example = "release.yml" if kind == Pipelines.GITHUB else ".gitlab-ci.yml"
        raise at_field("/workflow", "not-a-file", f"Name its file, such as {example}.")
    return issuer


@transactional
def distrust_publisher(*, actor: str, product: str, publisher_id: UUID) -> None:
    """Stop trusting a workflow; its tokens end at once. Twice is once.

    Raises:
        ProductNotFound, PublisherNotFound.
    """
    owner = lock_product(product)
    found = TrustedPublisher.objects.filter(product=owner, id=publisher_id).first()
    if found is None:
        raise PublisherNotFound
    if found.removed_at is not None:
        return
    found.removed_at = timezone.now()
    found.save(update_fields=["removed_at"])
    found.tokens.update(expires_at=timezone.now())
    audit(owner, "publisher_distrusted", actor=actor, repository=found.repository, workflow=found.workflow)


def exchange_pipeline_token(*, product: str, token: str) -> IssuedToken:
    """A token that publishes one product, for a pipeline's own that a rule of the product fits.

    Not inside a transaction: the issuer's keys may have to be read.

    Raises:
        PipelineTokenRefused: it is not believed, was used before, or nobody trusts its workflow.
        Unavailable: the issuer's keys cannot be read.
    """
    pipeline = read_pipeline_token(token)

    def issue() -> IssuedToken:
        return _issue(product, pipeline)

    try:
        return in_transaction(issue)
    except IntegrityError as error:
        raise PipelineTokenRefused(
            "This token was exchanged before. Ask your pipeline for a new one."
        ) from error


def prune_publisher_tokens() -> int:
    """Delete tokens long over, and with them what was exchanged: those have expired as well. How many."""
    count, _ = PublisherToken.objects.filter(expires_at__lt=timezone.now() - timedelta(days=2)).delete()
    return count


def _issue(product: str, pipeline: Pipeline) -> IssuedToken:
    owner = Product.objects.select_for_update().filter(slug=product).first()
    rules = TrustedPublisher.objects.filter(product=owner, removed_at=None) if owner else ()
    rule = next((rule for rule in rules if pipeline.fits(rule)), None)
    if owner is None or rule is None:
        raise PipelineTokenRefused(f"No publisher that {product[:40]} trusts fits: {pipeline}.")
    if not rule.repository_id:
        rule.repository_id = pipeline.repository_id
        rule.save(update_fields=["repository_id"])
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires_at = timezone.now() + TOKEN_LIFE
    PublisherToken.objects.create(
        publisher=rule,
        digest=digest_of(token),
        exchanged=digest_of(f"{pipeline.issuer} {pipeline.token_id}"),
        expires_at=expires_at,
    )
    audit(
        owner,
        "publisher_let_in",
        actor=rule.subject,
        repository=pipeline.repository,
        run=pipeline.run,
        commit=pipeline.commit,
    )
    return IssuedToken(token, owner.slug, expires_at)


def digest_of(token: str) -> str:
    """What is kept of a token: it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
