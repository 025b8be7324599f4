"""The one place that puts files into the public bucket."""
