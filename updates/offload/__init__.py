"""A CDN in front of an application that may not be changed: whether, how, and what it saves."""
