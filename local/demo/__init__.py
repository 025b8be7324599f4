"""The demo world: people's lists, to-dos and files, so that a fresh desk is worth looking at."""
