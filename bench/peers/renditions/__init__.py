"""The eight files of a photo as libvips and as Wagtail's Willow make them."""
