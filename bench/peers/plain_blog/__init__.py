"""A blog as a plain Django project writes it: a row, a view, a template."""
