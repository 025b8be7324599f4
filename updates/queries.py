"""Everything that is read of updates."""
