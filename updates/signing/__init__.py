"""Signatures over what is published: keys, minisign, and TUF's metadata. Knows no database."""
