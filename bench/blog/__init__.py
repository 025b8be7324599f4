"""The blog beside its peers: a page, the API, one publish, a rebuild, renditions."""
