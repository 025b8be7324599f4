"""What can be wrong in the blog, beside the chassis's own errors."""

from chassis.errors import NotFound


class PhotoNotFound(NotFound):
    """There is no such photo."""

    code = "photo-not-found"
    title = "There is no such photo."
