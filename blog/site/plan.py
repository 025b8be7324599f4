"""Which files there are to be: the plans of the blog's jobs. They depend on the database alone.

A plan makes what its job is about, and with it whatever else is not as it should be: every post whose
files do not show what is live, and every file that a job has touched which did not come to its end. So
no page ever names one that is not there, whichever of two jobs runs first; and what it notes of the
files (`Planned`) is written when all of them are served.

What follows from a change is found by what each file was made from, noted when it was made
(`Dependency`), and by the places of posts in lists. Nothing is found by looking through all posts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from blog import queries
from blog.markdown import photos_in
from blog.queries.changes import Change
from blog.queries.public import Selection
from blog.site import addresses, documents, feeds, looks, pages
from blog.site.lists import ListFiles, PostList, Touched, list_files, named, touched_by
from blog.site.posts import HTML, Made, Wanted, post_files
from chassis import publishing
from chassis.publishing import CacheRule, PublicFile

LISTING = CacheRule.LISTING


@dataclass
class Planned:
    """A plan, and what is to be noted when all of it is served."""

    changes: list[Change]
    removals: list[str]
    _made: Iterator[Made]
    # What each file shows, as far as the files have been made.
    things: dict[str, frozenset[str]] = field(default_factory=dict)

    def files(self) -> Iterator[PublicFile]:
        """The files, made as they are asked for."""
        for made in self._made:
            if made.things is not None:
                self.things[made.file.key] = made.things
            yield made.file


def plan_post(post_id: str) -> Planned:
    """The files that a change of one post changes."""
    return plan({UUID(post_id)}, set())


def plan_things(thing: str) -> Planned:
    """The files that show an author, a tag or a photo: `author:<id>`."""
    kind, _, value = thing.partition(":")
    lists = {Selection(kind, UUID(value))} if kind in ("tag", "author") else set()
    return _plan_keys(queries.keys_showing([thing]), lists)


def plan_looks(argument: str) -> Planned:
    """The files whose template or theme has changed since they were made."""
    return _plan_keys(queries.keys_looking_otherwise(looks.looks()), ())


def _plan_keys(keys: set[str], lists: Iterable[Selection]) -> Planned:
    """What is under these keys, and what belongs to it: of a page its text and its JSON."""
    slugs = {slug for key in keys if (slug := addresses.slug_of_key(key))}
    return plan(set(), keys, lists, remade=queries.owners_of_slugs(slugs))


def plan_part(argument: str, *, with_lists: bool = True) -> Planned:
    """The files of some posts: `<id>..<id>`, from the one to the other."""
    first, _, last = argument.partition("..")
    ids = queries.list_ids_between(UUID(first), UUID(last))
    if with_lists:
        return plan(set(), set(), remade=ids)
    changes = queries.changes_of(ids)
    return Planned(changes, [], post_files(_posts([], changes, set())))


def plan_lists(argument: str) -> Planned:
    """What is not of single posts; and every key that is not of this blog is taken away."""
    return plan(set(), set(), _every_list(), doubtful=_strays())


def everything() -> Iterator[Made]:
    """Every file of what is public, whatever the bucket holds. Pages are before the lists that name them."""
    posts = frozenset(queries.list_ids())
    yield from _asset_files()
    yield from post_files(Wanted(posts, frozenset(), frozenset(), queries.list_earlier_slugs()))
    lists = [ListFiles(one, Touched(is_whole=True)) for one in named(_every_list(), ())]
    yield from list_files(lists)
    yield from _fixed(lists)


def _every_list() -> set[Selection]:
    return {
        Selection("all"),
        *(Selection("year", year) for year, _ in queries.list_years()),
        *(Selection("tag", tag.id) for tag in queries.list_used_tags()),
        *(Selection("author", author.id) for author in queries.list_used_authors()),
    }


def _strays() -> set[str]:
    """Keys of lists, and those of posts that are not public at that address."""
    keys = set(publishing.keys_of(addresses.SCOPE, "blog/"))
    of_posts = {key: slug for key in keys if (slug := addresses.slug_of_key(key))}
    nobodys = queries.slugs_of_nobody(of_posts.values())
    return {key for key in keys if key not in of_posts or of_posts[key] in nobodys}


def plan(
    post_ids: set[UUID],
    keys: set[str],
    lists: Iterable[Selection] = (),
    *,
    remade: Iterable[UUID] = (),
    doubtful: Iterable[str] = (),
) -> Planned:
    """The files of these posts, what is under these keys, these lists, and all that is in doubt.

    `remade` are posts that are as they were, but show something that is not.
    """
    unproven = {*doubtful, *publishing.unproven_keys(addresses.SCOPE)}
    slugs = {slug for key in unproven if (slug := addresses.slug_of_key(key))}
    owners = queries.owners_of_slugs(slugs)
    changes = queries.changes_of({*post_ids, *queries.list_awaiting(), *owners})
    others = queries.changes_of(set(remade) - {change.post_id for change in changes})
    keys = keys | unproven
    if not doubtful:
        keys |= queries.keys_showing(f"post:{change.post_id}" for change in changes)
    touched = touched_by(changes)
    for selection in lists:
        touched.setdefault(selection, Touched()).is_whole = True
    found, strays = _lists(touched, keys)
    nobodys = queries.slugs_of_nobody(slugs)
    gone = {key for key in unproven if addresses.slug_of_key(key) in nobodys}
    gone |= {key for one in (*changes, *others) for slug in one.slugs for key in _gone(one, slug)}
    removals = {*gone, *strays, *(key for one in found for key in one.removals)}
    made = _made(_posts(changes, others, keys), found, _fixed(found))
    return Planned([*changes, *others], sorted(removals), made)


def _posts(changes: list[Change], remade: list[Change], keys: set[str]) -> Wanted:
    """Whose files are made: all of what changed and of what is remade, the pages of what is beside it."""
    public = {change.post_id: change for change in (*changes, *remade) if change.now}
    of_slugs = queries.owners_of_slugs({slug for key in keys if (slug := addresses.slug_of_key(key))})
    others = (_around(changes) | of_slugs) - {change.post_id for change in (*changes, *remade)}
    # Where nothing is new, no page waits for another.
    is_new = any(change.is_new_address for change in changes)
    known = {*others, *(one.post_id for one in (*changes, *remade) if not one.is_new_address)}
    return Wanted(
        whole=frozenset(public),
        pages=frozenset(others),
        known=frozenset(known if is_new else ()),
        redirects={
            post_id: earlier
            for post_id, change in public.items()
            if (earlier := [slug for slug in change.slugs if slug != change.slug])
        },
    )


def _around(changes: list[Change]) -> set[UUID]:
    """The posts beside those that came, went or moved: where these stood, and where they stand."""
    places = [
        (standing.at, change.post_id)
        for change in changes
        if (change.before and change.before.at) != (change.now and change.now.at)
        for standing in (change.before, change.now)
        if standing is not None
    ]
    order = queries.Order(for_posts=len(places))
    return {post_id for place in places for post_id in order.beside(*place) if post_id is not None}


def _gone(change: Change, slug: str) -> Iterable[str]:
    """Of a post that is not public everything, of an earlier address all but the page that leads on."""
    page, *others = addresses.post_keys(slug)
    if change.now is None:
        return [page, *others]
    return others if slug != change.slug else []


def _lists(touched: dict[Selection, Touched], keys: set[str]) -> tuple[list[ListFiles], set[str]]:
    """The lists that are made, and the keys of lists that there are no more."""
    numbers: dict[addresses.ListKey, set[int | None]] = {}
    for key in keys:
        if (match := addresses.list_of_key(key)) is not None:
            numbers.setdefault(match[0], set()).add(match[1])
    found = named(touched, numbers)
    known = {one.key for one in found}
    strays = {key for key in keys if (match := addresses.list_of_key(key)) and match[0] not in known}
    return [
        ListFiles(one, touched.get(one.selection, Touched()).with_numbers(numbers.get(one.key, set())))
        for one in found
    ], strays


def _made(wanted: Wanted, lists: list[ListFiles], fixed: list[Made]) -> Iterator[Made]:
    """Pages and their style first, then what names them."""
    yield from _asset_files()
    yield from post_files(wanted)
    yield from list_files(lists)
    yield from fixed


def _asset_files() -> Iterator[Made]:
    style, icon = looks.stylesheet(), looks.icon()
    for (key, body), content_type in ((style, "text/css; charset=utf-8"), (icon, "image/svg+xml")):
        yield Made(PublicFile(key, body, content_type, CacheRule.IMMUTABLE))


def _fixed(lists: list[ListFiles]) -> list[Made]:
    """What is made at each publication: what shows the newest posts, and what is the same for ever."""
    newest = queries.list_newest(max(feeds.FEED_LENGTH, pages.HOME_LENGTH))
    fed = newest[: feeds.FEED_LENGTH]
    texts = queries.texts_of([one.id for one in fed])
    pictures = queries.pictures_of(newest, chain.from_iterable(map(photos_in, texts.values())))
    html = {one.id: pages.body_html(one, texts[one.id], pictures) for one in fed}
    years, tags = queries.list_years(), queries.list_used_tags()
    authors = queries.list_used_authors()
    parts = (
        next(
            (one.parts for one in lists if one.of.key.kind == "sitemap"),
            None,
        )
        or ListFiles(PostList(addresses.ListKey("sitemap"), Selection("all")), Touched()).parts
    )
    files = [
        (addresses.ATOM, feeds.atom_feed(fed, html), "application/atom+xml"),
        (addresses.RSS, feeds.rss_feed(fed, html), "application/rss+xml"),
        (addresses.JSON_FEED, feeds.json_feed(fed, html, pictures), "application/feed+json"),
        (addresses.HOME, pages.home_page(newest, pictures, has_archives=bool(years)), HTML),
        (addresses.ARCHIVES, pages.archives_page(years, tags, authors), HTML),
        (addresses.SITEMAP_OF_LISTS, _sitemap_of_lists(years, tags, authors), "application/xml"),
        (addresses.SITEMAP, feeds.sitemap_index([addresses.SITEMAP_OF_LISTS, *parts]), "application/xml"),
        (addresses.MANIFEST, documents.web_manifest(), "application/manifest+json"),
        (addresses.MISSING, pages.missing_page(), HTML),
        (addresses.ROBOTS, feeds.robots(), "text/plain; charset=utf-8"),
    ]
    return [Made(PublicFile(key, body, content_type, LISTING)) for key, body, content_type in files]


def _sitemap_of_lists(
    years: list[tuple[int, int]], tags: list[queries.Label], authors: list[queries.Label]
) -> bytes:
    lists = [
        *(addresses.ListKey("year", str(year)) for year, _ in years),
        *(addresses.ListKey("tag", tag.slug) for tag in tags),
        *(addresses.ListKey("author", author.slug) for author in authors),
    ]
    keys = [addresses.HOME, addresses.ARCHIVES, *map(addresses.list_key, lists)]
    return feeds.sitemap([(key, None) for key in keys])
