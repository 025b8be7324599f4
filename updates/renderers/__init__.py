"""Manifests are rendered, never edited: from what a product is to files, one module a format. Pure."""
