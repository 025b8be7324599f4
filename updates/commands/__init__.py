"""Everything that changes something in updates, one function a use case."""
