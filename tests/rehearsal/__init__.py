"""The rehearsal: deploy with Zappa as to AWS, and walk the tour, on stand-ins."""
