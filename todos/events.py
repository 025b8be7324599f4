"""The facts that todos announces, each within the transaction that makes it true."""

from django.dispatch import Signal

# Something of an account has changed. Arguments: subject.
todos_changed = Signal()
