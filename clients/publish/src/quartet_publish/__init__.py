"""Publishes software updates with Quartet, from continuous integration or by hand."""

__version__ = "0.1.0"
