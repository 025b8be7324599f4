"""The pages in a real browser: headless Chromium on a whole desk."""
