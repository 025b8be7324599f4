"""The tour: what README tells a stranger to do, as one script. `python -m tests.tour`."""
