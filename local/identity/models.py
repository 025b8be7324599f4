"""People, and which tokens come from one consent."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.idp.oidc.models import Client
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone


class PersonManager(BaseUserManager["Person"]):
    """Makes people."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """A person who signs in by e-mail address and password."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. What clients see of them is `subject`, never the primary key."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    subject = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.email


class IssuedToken(models.Model):
    """The hash of a code or token, and the sign-in (`family`) that it goes back to.

    It outlives the token itself: a spent code or a rotated refresh token that comes back is how a
    theft shows (RFC 6749 §4.1.2 and §10.4, RFC 9700 §4.14.2).
    """

    hash = models.CharField(max_length=64, unique=True)
    family = models.UUIDField(db_index=True)
    client = models.ForeignKey(Client, on_delete=models.CASCADE)
    expires_at = models.DateTimeField(db_index=True)

    objects: models.Manager[IssuedToken] = models.Manager()

    def __str__(self) -> str:
        return f"of {self.family}"
