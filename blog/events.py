"""The facts that the blog announces. Each is sent within the transaction that made it one."""

from django.dispatch import Signal

# A photo's original is in the private bucket. `photo_id`
photo_added = Signal()
# A photo was deleted. `original`: its key in the private bucket; `keys`: of its public files.
photo_deleted = Signal()
