"""What readers search: the words of what is public, kept beside the posts.

The database's own index hangs on these rows and is made by the migration: on PostgreSQL a generated
column with a GIN index, on SQLite an FTS5 table that triggers keep. So a row is all that is written.
"""

from __future__ import annotations

from django.db import models

from blog.models.posts import Post


class SearchEntry(models.Model):
    """The words of one public post. Gone as soon as the post is."""

    id = models.BigAutoField(primary_key=True)
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="search_entry")
    # As it is read, for excerpts.
    text = models.TextField()
    # As it is searched: small letters without accents, words with a space between.
    title_words = models.TextField()
    about_words = models.TextField()
    text_words = models.TextField()

    def __str__(self) -> str:
        return self.title_words
