"""A blog in Wagtail, as its tutorial makes one, with its API and wagtail-bakery."""
