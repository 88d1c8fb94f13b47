"""Argon2id password hashes (RFC 9106) and what a password must be."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Invalid

MINIMUM = 10
_hasher = PasswordHasher()


def hash_password(password: str, login: str = "") -> str:
    """The Argon2id hash of an acceptable password; `Invalid` says what is wrong with another."""
    if len(password) < MINIMUM:
        raise Invalid(f"密码至少 {MINIMUM} 个字符", field="password")
    if login and login.lower() in password.lower():
        raise Invalid("密码不能包含登录名", field="password")
    if len(set(password)) < 5:
        raise Invalid("密码过于简单，请使用不同的字符", field="password")
    return _hasher.hash(password)


def matches(hashed: str, password: str) -> bool:
    """Whether `password` is the one that was hashed."""
    try:
        return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
