"""Posts: the draft that editors work on, the revisions that were saved, and which of them is public."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blog.models.authors import Author
from blog.models.photos import Photo
from blog.models.tags import Tag
from chassis.identifiers import uuid7

TITLE_LENGTH_MOST = 200
SLUG_LENGTH_MOST = 100
SUMMARY_LENGTH_MOST = 500
CANONICAL_LENGTH_MOST = 500
# Some 16 000 words. Markdown that was written to be slow takes seconds for this much, not minutes.
BODY_LENGTH_MOST = 100_000


class Content(models.Model):
    """What an editor writes: of a post the draft, of a revision what was saved."""

    slug = models.CharField(
        _("slug"), max_length=SLUG_LENGTH_MOST, help_text=_("The last part of the address of the page.")
    )
    title = models.CharField(_("title"), max_length=TITLE_LENGTH_MOST)
    summary = models.TextField(
        _("summary"),
        max_length=SUMMARY_LENGTH_MOST,
        blank=True,
        help_text=_("One or two sentences, for lists, feeds and search engines."),
    )
    body = models.TextField(_("text"), max_length=BODY_LENGTH_MOST, blank=True, help_text=_("Markdown."))
    language = models.CharField(_("language"), max_length=35, default="en", help_text=_("As en or pt-BR."))
    cover = models.ForeignKey(
        Photo,
        verbose_name=_("cover photo"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    canonical_url = models.CharField(
        _("canonical address"),
        max_length=CANONICAL_LENGTH_MOST,
        blank=True,
        help_text=_("Where this text was first published, if that was elsewhere. Search engines go there."),
    )
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), blank=True, related_name="+")
    # A draft that another service made has none until an editor publishes it.
    author = models.ForeignKey(
        Author,
        verbose_name=_("author"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    class Meta:
        abstract = True


# Its columns. The tags are rows beside it.
CONTENT_FIELDS = ("slug", "title", "summary", "body", "language", "cover_id", "canonical_url")


class Post(Content):
    """A text of the blog. Its own columns are the draft: changing them changes nothing that is public."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.PositiveBigIntegerField(default=1, editable=False)
    # The number of the last saved revision.
    revision_number = models.PositiveIntegerField(default=1, editable=False)
    live_revision = models.ForeignKey(
        "blog.Revision", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    first_published_at = models.DateTimeField(_("published"), null=True, editable=False)
    live_since = models.DateTimeField(_("last change made public"), null=True, editable=False)
    # Set when what is live changes, and taken back when the files show it. The next job makes the
    # files of each such post, whichever post it is about.
    is_awaiting_files = models.BooleanField(default=False, editable=False)
    # What the files say of it, or will when the job is done that makes them: taken over from what is live
    # when a job begins. So nothing that goes live while files are made is named by them.
    planned_revision = models.ForeignKey(
        "blog.Revision", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    planned_at = models.DateTimeField(null=True, editable=False)
    # What the public files show of it, written when the job that made them is done.
    shown_revision = models.ForeignKey(
        "blog.Revision", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    shown_at = models.DateTimeField(null=True, editable=False)
    # The release that this post announces; a release is announced once.
    announced_release = models.CharField(max_length=100, null=True, blank=True, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("saved"), auto_now=True)

    class Meta:
        verbose_name = _("post")
        permissions = [("publish_post", _("Can decide what readers get"))]
        ordering = ["-created_at", "-id"]
        indexes = [
            # The newest of what is public.
            models.Index(
                fields=["first_published_at", "id"],
                condition=Q(live_revision__isnull=False),
                name="blog_post_public",
            ),
            # What the files say, in the order of lists and feeds; and the neighbours of a page.
            models.Index(
                fields=["planned_at", "id"],
                condition=Q(planned_revision__isnull=False),
                name="blog_post_planned",
            ),
            models.Index(fields=["id"], condition=Q(is_awaiting_files=True), name="blog_post_awaiting_files"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(live_revision=None)
                | Q(first_published_at__isnull=False, live_since__isnull=False),
                name="blog_post_public_since",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_public(self) -> bool:
        """Whether readers may read it."""
        return self.live_revision_id is not None

    @property
    def is_changed(self) -> bool:
        """Whether the draft says something else than what is public."""
        live = self.live_revision
        return live is not None and live.number != self.revision_number

    @property
    def state(self) -> str:
        """`draft`, `published`, or `changed`: published, with a draft that differs."""
        if not self.is_public:
            return "draft"
        return "changed" if self.is_changed else "published"


class Revision(Content):
    """A saved text. Rows are only ever added."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    saved_at = models.DateTimeField(auto_now_add=True)
    saved_by = models.CharField(max_length=128, help_text=_("The subject of whoever saved it."))

    class Meta:
        verbose_name = _("revision")
        ordering = ["post", "-number"]
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="blog_revision_number")]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class Slug(models.Model):
    """A name in the blog's addresses, and whose it is. One that was public stays with its post for ever."""

    slug = models.CharField(max_length=SLUG_LENGTH_MOST, primary_key=True)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="slugs")
    was_public = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.slug
