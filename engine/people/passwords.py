"""Argon2id password hashes (RFC 9106) and what a password must be."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Invalid
from engine.sentences import Sentence

MINIMUM = 10
_hasher = PasswordHasher()


def hash_password(password: str, login: str = "") -> str:
    """The Argon2id hash of an acceptable password; `Invalid` says what is wrong with another."""
    if wrong := _wrong(password, login):
        raise Invalid(wrong, field="password")
    return _hasher.hash(password)


def one_time_password(login: str) -> str:
    """A random first password for this login; never one that holds a short login."""
    while True:
        found = secrets.token_urlsafe(9)
        if not _wrong(found, login):
            return found


def _wrong(password: str, login: str) -> str:
    login = login.strip().lower()
    if len(password) < MINIMUM:
        return Sentence("密码至少 {least} 个字符", least=MINIMUM)
    if login and login in password.lower():
        return Sentence("密码不能包含登录名")
    return Sentence("密码过于简单，请使用不同的字符") if len(set(password)) < 5 else ""


def matches(hashed: str, password: str) -> bool:
    """Whether `password` is the one that was hashed."""
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
