"""People and their API tokens. Sign-in is by e-mail; there are no user names."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean()
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. `is_staff` people run the site: they see everybody's work and Django's admin."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the device"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    email = models.EmailField("e-mail", unique=True)
    display_name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=10, default="en")
    theme = models.CharField(max_length=10, choices=Theme.choices, default=Theme.SYSTEM)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_email"),
            models.CheckConstraint(
                condition=models.Q(theme__in=["system", "light", "dark"]), name="user_theme_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Addresses are kept in small letters, whoever typed them where: sign-in looks for that."""
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """What other people read: the chosen name, or what stands before the @."""
        return self.display_name or self.email.partition("@")[0]


class ApiToken(models.Model):
    """A bearer token. Only its digest is stored: the token itself is shown once, when made.

    It ends at `expires`, and with the password that it was made for: `password_mark` is what a session keeps
    of that password.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    password_mark = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    last_used = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"token {self.digest[:8]} of {self.user}"

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()


class DeedKind(models.TextChoices):
    """What a line of the record tells."""

    SIGNED_IN = "signed_in", "signed in"
    RIGHTS = "rights", "changed rights of"
    DELETED = "deleted", "deleted an account"
    ROLE = "role", "gave a role to"
    REMOVED = "removed", "removed from a cohort"
    DEADLINE = "deadline", "set a deadline"
    DEADLINE_REMOVED = "deadline_removed", "removed a deadline"
    EXTENDED = "extended", "gave more time to"
    EXTENSION_ENDED = "extension_ended", "ended an extension of"
    POINTS = "points", "set points of"
    POINTS_ENDED = "points_ended", "let the verdicts count again for"
    REGRADED = "regraded", "had graded again"
    PUBLISHED = "published", "published"
    AUTHOR_ADDED = "author_added", "made an author of"
    AUTHOR_REMOVED = "author_removed", "took the authorship from"


class Deed(models.Model):
    """One line of the record of who did what to whom: rights, roles, marks, publications, sign-ins of staff.

    `about` and `detail` name things, never people: those are rows, whose names go when they leave.
    """

    at = models.DateTimeField(default=timezone.now)
    what = models.CharField(max_length=20, choices=DeedKind.choices)
    who = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    whom = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    about = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["what", "-id"], name="deed_of_kind")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(what__in=DeedKind.values), name="deed_known"),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.get_what_display()}"
