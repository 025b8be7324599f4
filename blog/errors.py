"""What can be wrong in the blog, beside the chassis's own errors."""

from chassis.errors import Conflict, NotFound, Refused


class PhotoNotFound(NotFound):
    """There is no such photo."""

    code = "photo-not-found"
    title = "There is no such photo."


class PhotoInUse(Conflict):
    """A photo that posts show cannot be deleted."""

    code = "photo-in-use"
    title = "Posts show this photo. Take it out of them first."


class PostNotFound(NotFound):
    """There is no post of this id."""

    code = "post-not-found"
    title = "There is no such post."


class RevisionNotFound(NotFound):
    """A post has no saved text of this number."""

    code = "revision-not-found"
    title = "There is no saved text of this number."


class PostWasPublic(Refused):
    """A post that readers have seen is taken back, not deleted."""

    code = "post-was-public"
    title = "This post was public. Unpublish it instead: its address stays its own."


class NeverPublished(NotFound):
    """Nobody has asked for this post to be published."""

    code = "never-published"
    title = "This post has not been published yet."


class PostNotPublic(Conflict):
    """Readers are not sent to a page that is not there."""

    code = "post-not-public"
    title = "Publish this post first: its mail leads to its page."


class NeverMailed(NotFound):
    """Nobody has asked for this post to be mailed."""

    code = "never-mailed"
    title = "This post has not been mailed."


class NoAddress(Conflict):
    """A test goes to whoever asks for it, and nobody knows where that is."""

    code = "no-address"
    title = "Your address is not known here. Sign in to the admin once: the provider tells it."


class EditorsOnly(Refused):
    """A writer asked for what only editors decide."""

    code = "editors-only"
    title = "Only editors decide what readers get. Ask one."


class TagNotFound(NotFound):
    """There is no such tag."""

    code = "tag-not-found"
    title = "There is no such tag."
