"""`quartet-publish upload` of a large file: how fast beside the store's own speed, and in how much memory.

Client, services, the worker that verifies, and the ways beside them are processes of their own.
"""
