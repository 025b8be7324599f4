"""The cloud on the desk: what stands in for the cloud's parts on one machine. Nothing imports it."""
