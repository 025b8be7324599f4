"""The public site of the blog: pure functions from what is public to the bytes of its files."""
