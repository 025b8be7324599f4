"""Everything that is read of the blog."""
