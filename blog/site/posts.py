"""The files of posts: pages, their Markdown and JSON, and what stands at addresses that they had before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from blog import queries
from blog.markdown import photos_in
from blog.queries.photos import Picture
from blog.queries.public import Headline
from blog.site import addresses, documents, pages
from blog.site.looks import look_of
from chassis.publishing import CacheRule, PublicFile

HTML = "text/html; charset=utf-8"
JSON = "application/json"
MARKDOWN = "text/markdown; charset=utf-8"
# Posts that are in memory at a time.
CHUNK = 64
# How parts are gone through.
ByMap = Callable[..., Iterable[Any]]
_mapping: ContextVar[ByMap] = ContextVar("mapping", default=map)


@dataclass(frozen=True)
class Made:
    """A file, and the things that it shows; None for one that no thing leads to."""

    file: PublicFile
    things: frozenset[str] | None = None
    # Whether it is new where it belongs, if whoever made it has put it there (`finished_by`).
    was_new: bool | None = None


# What is done with the files of a part in the process that made them.
Finish = Callable[[list[Made]], list[Made]]
_finishing: ContextVar[Finish | None] = ContextVar("finishing", default=None)


@dataclass(frozen=True)
class Wanted:
    """Whose files are to be made."""

    # All files of these posts.
    whole: frozenset[UUID]
    # The page alone, since it shows another post that has changed.
    pages: frozenset[UUID]
    # Posts whose pages are there already: they must not name what is not there yet.
    known: frozenset[UUID]
    # Addresses that posts had before.
    redirects: Mapping[UUID, Sequence[str]]

    def part(self, post_ids: Sequence[UUID]) -> Wanted:
        """What of it is about these posts: little, for another process."""
        return Wanted(
            whole=self.whole.intersection(post_ids),
            pages=self.pages.intersection(post_ids),
            known=self.known.intersection(post_ids),
            redirects={one: self.redirects[one] for one in post_ids if one in self.redirects},
        )


def post_files(wanted: Wanted) -> Iterator[Made]:
    """The files of these posts, a few of them in memory at a time. Those that are not public have none."""
    listed = sorted(wanted.whole | wanted.pages)
    order = queries.Order(for_posts=len(listed))
    parts = (listed[start : start + CHUNK] for start in range(0, len(listed), CHUNK))
    narrowed = ((part, wanted.part(part), order.around(part)) for part in parts)
    return made_in_parts(_part_files, narrowed)


def _part_files(part: tuple[list[UUID], Wanted, queries.Order]) -> list[Made]:
    post_ids, wanted, order = part
    return list(_files_of(list(queries.headlines_of(post_ids).values()), wanted, order))


def made_in_parts(make: Callable[[Any], list[Made]], parts: Iterable[Any]) -> Iterator[Made]:
    """What is made of each part, in their order, wherever that is done: `rendered_by`, `finished_by`."""
    for made in _mapping.get()(partial(_finished, make, _finishing.get()), parts):
        yield from made


def _finished(make: Callable[[Any], list[Made]], finish: Finish | None, part: Any) -> list[Made]:
    made = make(part)
    return finish(made) if finish else made


@contextmanager
def rendered_by(mapping: ByMap) -> Iterator[None]:
    """Have pages made by another `map`, such as that of a pool of processes."""
    token = _mapping.set(mapping)
    try:
        yield
    finally:
        _mapping.reset(token)


@contextmanager
def finished_by(finish: Finish) -> Iterator[None]:
    """Have the files of posts and lists, a part at a time, finished by the process that made them.

    To send files between processes is more than to send what is left to know of them.
    """
    token = _finishing.set(finish)
    try:
        yield
    finally:
        _finishing.reset(token)


def _files_of(headlines: Sequence[Headline], wanted: Wanted, order: queries.Order) -> Iterator[Made]:
    around = {one.id: order.beside(one.published_at, one.id) for one in headlines}
    beside = {one for pair in around.values() for one in pair if one is not None}
    near = {one.id: one for one in headlines}
    near |= queries.headlines_of(beside - near.keys())
    texts = queries.texts_of([one.id for one in headlines])
    photos = {post_id: photos_in(text) for post_id, text in texts.items()}
    pictures = queries.pictures_of(headlines, chain.from_iterable(photos.values()))
    look = look_of("post")
    for one in headlines:
        text = texts[one.id]
        html = pages.body_html(one, text, pictures)
        older, newer = (near.get(id) if id else None for id in around[one.id])
        page = pages.post_page(one, text=text, html=html, pictures=pictures, newer=newer, older=older)
        things = {f"post:{shown.id}" for shown in (one, older, newer) if shown}
        things |= {look, *things_of([one], photos[one.id])}
        key, is_late = addresses.page_key(one.slug), one.id in wanted.known
        yield Made(PublicFile(key, page, HTML, CacheRule.PAGE, is_late=is_late), frozenset(things))
        if one.id in wanted.whole:
            yield from _others(one, text, html, pictures)
            for slug in wanted.redirects.get(one.id, ()):
                file = PublicFile(
                    addresses.page_key(slug), pages.redirect_page(one), HTML, CacheRule.PAGE, is_late=True
                )
                yield Made(file, frozenset({f"post:{one.id}", look_of("redirect")}))


def _others(headline: Headline, text: str, html: str, pictures: Mapping[UUID, Picture]) -> Iterator[Made]:
    source = documents.post_source(headline, text, pictures)
    yield Made(PublicFile(addresses.source_key(headline.slug), source, MARKDOWN, CacheRule.PAGE))
    document = documents.post_document(headline, markdown=text, html=html, pictures=pictures)
    key = addresses.document_key(headline.slug)
    yield Made(PublicFile(key, documents.to_bytes(document), JSON, CacheRule.LISTING))


def things_of(headlines: Sequence[Headline], photo_ids: Collection[UUID] = ()) -> set[str]:
    """What these headlines show beside the posts themselves: authors, tags, photos."""
    things = {f"photo:{photo_id}" for photo_id in photo_ids}
    for one in headlines:
        things |= {f"tag:{tag.id}" for tag in one.tags}
        if one.author_id is not None:
            things.add(f"author:{one.author_id}")
        if one.cover_id is not None:
            things.add(f"photo:{one.cover_id}")
    return things
