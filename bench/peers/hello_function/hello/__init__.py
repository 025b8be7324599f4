"""What `django-admin startproject` writes, and one view."""
