"""What makes a function out of this repository: libraries, files, and hooks for Zappa."""
