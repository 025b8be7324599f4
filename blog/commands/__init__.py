"""Everything that changes something in the blog, one function a use case."""
