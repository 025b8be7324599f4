"""The demo world: enough to look at, made once, and never over what somebody did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from accounts import commands as accounts_commands
from accounts import queries as accounts_queries
from accounts.models import Profile
from blog.models import Post
from chassis.models import PublishJob
from local.demo.world import fixed_uuid7, make_files, read_lists
from local.identity.people import DEMO_PEOPLE
from todos import commands as todos_commands
from todos.models import Attachment, Todo, TodoList

pytestmark = pytest.mark.slow
SUBJECTS = {person.email.partition("@")[0]: str(person.subject) for person in DEMO_PEOPLE}


def demo(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is drawn is the same, and drawn sooner."""
    monkeypatch.setattr("local.demo.blog._PICTURE", (240, 160))


@pytest.fixture(autouse=True)
def no_announcements(settings: Any) -> None:
    """A test's own transaction cannot be waited for by the thread that would answer (`tests/contracts`)."""
    # Addresses are made once a process: with all services, or tests after this one miss some.
    import_module("config.urls")
    settings.SERVICES = tuple(name for name in settings.SERVICES if name != "blog")


@pytest.fixture
def world(db: None, object_store: object) -> str:
    """The demo world, made in empty folders; what the command said."""
    for person, subject in SUBJECTS.items():
        keys = [file.key for file in make_files() if file.person == person]
        if keys:
            accounts_commands.delete_files(subject=subject, keys=keys)
    return demo()


def test_the_world_is_the_one_that_the_pages_tell_of(world, run_tasks):
    """One world for all of it: to make one takes as long as a hundred other tests."""
    assert world == "Made 6 profiles, 13 files, 200 to-dos, 12 posts, 40 readers by mail, 3 releases."
    there_are_three_users_two_editors_and_two_hundred_todos()
    the_todos_differ_as_real_ones_do()
    everybody_finds_their_files_in_their_own_folder()
    the_releases_are_verified_and_on_their_way()
    the_blog_has_twelve_posts_with_photos_by_its_two_editors(run_tasks)


def there_are_three_users_two_editors_and_two_hundred_todos() -> None:
    groups = Counter(person.groups for person in DEMO_PEOPLE)

    assert groups == {(): 3, ("editors",): 2, ("admins",): 1}
    assert Todo.objects.count() == 200
    assert TodoList.objects.count() == 10
    assert set(Todo.objects.values_list("subject", flat=True)) == {
        SUBJECTS["alice"],
        SUBJECTS["bob"],
        SUBJECTS["carol"],
    }


def the_todos_differ_as_real_ones_do() -> None:
    assert Todo.objects.exclude(done_at=None).count() >= 20
    assert Todo.objects.exclude(due_on=None).count() >= 100
    assert Todo.objects.exclude(priority=None).count() >= 40
    assert Todo.objects.exclude(tags="").count() >= 100
    assert Todo.objects.exclude(notes="").count() >= 15
    assert Attachment.objects.count() == 8
    editors = Profile.objects.filter(is_public=True).values_list("display_name", flat=True)
    assert set(editors) == {"Edith Evans", "Emil Ewald"}


def everybody_finds_their_files_in_their_own_folder() -> None:
    stored = accounts_queries.get_file(subject=SUBJECTS["alice"], key="lisbon/viewpoints.csv")
    people = ("alice", "bob", "carol")
    folders = {name: accounts_queries.count_folder(SUBJECTS[name]).files for name in people}

    attached = Attachment.objects.get(key="lisbon/viewpoints.csv")
    assert stored.content_type == "text/csv; charset=utf-8"
    assert (attached.size, attached.content_type) == (stored.size, stored.content_type)
    assert folders == {"alice": 5, "bob": 4, "carol": 4}


def test_making_the_world_again_changes_nothing_and_what_somebody_changed_stays_so(world):
    alice = SUBJECTS["alice"]
    versions = set(Todo.objects.values_list("id", "version"))
    made_again = demo()
    unchanged = set(Todo.objects.values_list("id", "version"))
    first, second = Todo.objects.filter(subject=alice)[:2]
    todos_commands.delete_todo(subject=alice, todo_id=first.id, if_versions=None)
    todos_commands.update_todo(subject=alice, todo_id=second.id, if_versions=None, changes={"title": "Mine"})
    accounts_commands.update_profile(subject=alice, if_versions=None, changes={"display_name": "Al"})
    deleted_list = TodoList.objects.filter(subject=SUBJECTS["bob"])[0]
    todos_commands.delete_list(subject=SUBJECTS["bob"], list_id=deleted_list.id, if_versions=None)

    said = demo()

    nothing = "Made 0 profiles, 0 files, 0 to-dos, 0 posts, 0 readers by mail, 0 releases."
    assert (made_again, said) == (nothing, nothing)
    assert unchanged == versions
    assert Todo.objects.get(id=first.id).deleted_at is not None
    assert Todo.objects.get(id=second.id).title == "Mine"
    assert Profile.objects.get(subject=alice).display_name == "Al"


def test_a_database_that_holds_anything_is_left_alone(db):
    todos_commands.create_todo(subject="mallory", title="I was here first")

    said = demo("--if-empty")

    assert said == "The database is not empty: nothing was made."
    assert Todo.objects.count() == 1
    assert Profile.objects.count() == 0


def test_the_source_of_the_world_can_be_read():
    lists = read_lists()
    todos = [todo for each in lists for todo in each.todos]
    folders = {(file.person, file.key) for file in make_files()}
    attached = {(each.person, todo.attachment) for each in lists for todo in each.todos if todo.attachment}

    assert len({todo.id for todo in todos}) == len(todos) == 200
    assert attached <= folders


def test_ids_are_version_7_and_always_the_same():
    first = fixed_uuid7("todo alice Home Order cat food")

    assert first == fixed_uuid7("todo alice Home Order cat food")
    assert first != fixed_uuid7("todo alice Home Order dog food")
    assert (first.version, first.variant) == (7, "specified in RFC 4122")


def the_blog_has_twelve_posts_with_photos_by_its_two_editors(run_tasks: Callable[[], int]) -> None:
    posts = Post.objects.select_related("author", "live_revision", "cover")

    assert len(posts) == 12
    assert {post.author.subject for post in posts if post.author} == {SUBJECTS["edith"], SUBJECTS["emil"]}
    assert {post.state for post in posts} == {"published"}
    assert all(post.cover and post.cover.alt and post.cover.state == "ready" for post in posts)
    assert {len(post.body) > 600 and bool(post.summary) for post in posts} == {True}
    assert run_tasks() >= 12
    assert set(PublishJob.objects.filter(kind="blog.post").values_list("state", flat=True)) == {"published"}


def the_releases_are_verified_and_on_their_way() -> None:
    from updates.models import Artifact, Release

    releases = Release.objects.order_by("number").values_list("version", "state")

    assert list(releases) == [(version, "publishing") for version in ("1.0.0", "1.1.0", "1.2.0-beta.1")]
    assert Artifact.objects.count() == 9
    assert 5_000_000 < (Artifact.objects.get(file_name="tide-1.1.0-linux-x86_64.zip").size or 0) < 8_000_000
