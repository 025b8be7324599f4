"""A post."""

from django.db import models


class Post(models.Model):
    """Its HTML is made when it is saved."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=500)
    html = models.TextField()
    published_at = models.DateTimeField()
