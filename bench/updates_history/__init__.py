"""A release is published into a product with a history: what it costs, and what a client then loads.

Beside it the same by python-tuf's plain way (one targets file, as its tutorial writes it) and by
tufup's own repository. In one process with SQLite, SeaweedFS and nginx as of a desk.
"""
