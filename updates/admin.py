"""The release editors' screens."""
