"""Tags: made when a post first has them, and renamed for all posts at once."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from django.utils.text import slugify
from django.utils.translation import gettext as _

from blog import events
from blog.errors import TagNotFound
from blog.models import TAG_LENGTH_MOST, TAGS_MOST, Tag
from blog.roles import Actor, require_editor
from chassis import publishing
from chassis.errors import FieldError, InvalidInput
from chassis.transactions import transactional

# The job by which the files that show a tag are made again.
KIND_TAG = "blog.tag"
_ROUNDS = 5


def cleaned_tags(names: Sequence[str]) -> list[str]:
    """The names with single spaces, each once, in their order.

    Raises:
        InvalidInput: at `/tags`: too many, or one that is empty, too long, or no word.
    """
    found: dict[str, str] = {}
    for name in names:
        spaced = " ".join(unicodedata.normalize("NFC", name).split())
        found.setdefault(key_of(spaced), spaced)
    if (error := _finding(list(found.values()))) is not None:
        raise InvalidInput(f"/tags: {error.detail}", errors=[error])
    return list(found.values())


def key_of(name: str) -> str:
    """What two spellings of one tag have in common."""
    return unicodedata.normalize("NFC", name.lower())


def ensure_tags(names: Sequence[str]) -> list[Tag]:
    """The tags of these names, made where there is none yet. Within the transaction that needs them."""
    wanted = {key_of(name): name for name in names}
    for _round in range(_ROUNDS):
        found = {tag.key: tag for tag in Tag.objects.filter(key__in=wanted)}
        missing = {key: name for key, name in wanted.items() if key not in found}
        if not missing:
            return [found[key] for key in wanted]
        # Somebody else may make the same at this moment: then theirs is found in the next round.
        Tag.objects.bulk_create(_made(missing), ignore_conflicts=True)
    raise RuntimeError(f"The tags {sorted(missing)} could not be made.")


@transactional
def rename_tag(*, actor: Actor, tag_id: UUID, name: str) -> Tag:
    """Write a tag otherwise, on every post. Its address stays.

    Raises:
        EditorsOnly, TagNotFound.
        InvalidInput: at `/name`: it is no name of a tag, or that of another.
    """
    require_editor(actor)
    tag = Tag.objects.select_for_update().filter(id=tag_id).first()
    if tag is None:
        raise TagNotFound
    spaced = cleaned_tag_name(tag_id=tag.id, name=name)
    if tag.name != spaced:
        tag.name, tag.key = spaced, key_of(spaced)
        tag.save(update_fields=["name", "key"])
        publishing.request(
            kind=KIND_TAG, argument=str(tag.id), scope="blog", title=spaced, requested_by=actor.subject
        )
        events.tag_renamed.send(sender=Tag, tag_id=tag.id)
    return tag


def cleaned_tag_name(*, tag_id: UUID, name: str) -> str:
    """The name that a tag may get, with single spaces.

    Raises:
        InvalidInput: at `/name`: it is no name of a tag, or that of another.
    """
    spaced = " ".join(unicodedata.normalize("NFC", name).split())
    error = _finding([spaced])
    if error is None and Tag.objects.filter(key=key_of(spaced)).exclude(id=tag_id).exists():
        error = FieldError("/name", "taken", _("There is a tag of this name already."))
    if error is not None:
        raise InvalidInput(error.detail, errors=[FieldError("/name", error.code, error.detail)])
    return spaced


def _finding(names: Sequence[str]) -> FieldError | None:
    if len(names) > TAGS_MOST:
        return FieldError("/tags", "too-many", _("At most %(most)d tags.") % {"most": TAGS_MOST})
    for name in names:
        if not name:
            return FieldError("/tags", "blank", _("A tag has a name."))
        if len(name) > TAG_LENGTH_MOST:
            detail = _("“%(name)s…” is too long for a tag: at most %(most)d characters.")
            return FieldError("/tags", "too-long", detail % {"name": name[:20], "most": TAG_LENGTH_MOST})
        if any(unicodedata.category(letter).startswith("C") for letter in name):
            return FieldError("/tags", "control-character", _("A tag has no control characters."))
        if "," in name:
            return FieldError("/tags", "not-a-word", _("A tag has no comma: write two tags."))
    return None


def _made(missing: dict[str, str]) -> list[Tag]:
    stems = {key: _stem(key) for key in missing}
    taken: set[str] = set()
    for stem in stems.values():
        taken.update(Tag.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    made = []
    for key, name in missing.items():
        stem, number = stems[key], 1
        while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
            number += 1
        taken.add(slug)
        made.append(Tag(key=key, name=name, slug=slug))
    return made


def _stem(key: str) -> str:
    """Of its letters a to z and digits; where there are none, of a hash: addresses are plain."""
    plain = slugify(key).replace("_", "-").strip("-")
    return plain or f"t-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
