"""What was downloaded, counted from the edge's logs: never from a call home, and no address is kept."""
