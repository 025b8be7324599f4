"""A post."""

from django.db import models
from wagtail.api import APIField
from wagtail.fields import RichTextField
from wagtail.models import Page


class BlogPage(Page):
    """A page with a summary and a rich text."""

    summary = models.CharField(max_length=500, blank=True)
    body = RichTextField(blank=True)
    api_fields = [APIField("summary"), APIField("body")]
    template = "wagtail_blog/blog_page.html"
