"""What may be shown of a URL, and of a text that somebody typed: never a password."""

from __future__ import annotations

import re

__all__ = ["masked", "redacted"]

_HIDDEN = "***"
_HOST = r"(?:\[[^\]@]*\]|[^:@,]*)(?::\d*)?"
_HOSTS = re.compile(rf"{_HOST}(?:,{_HOST})*")
_TYPED_LOGIN = re.compile(r"(//?|\b[A-Za-z]\w+:)([^\s:/@]*):(?!\*{3}@)\S*@")
_TYPED_OPTION = re.compile(r"(password|token)(\s*=\s*)('[^']*'|[^\s&;]+)", re.IGNORECASE)


def redacted(url: str) -> str:
    """The URL without its password and options, which may hold one.

    Where marks stand that a password should have encoded, any part may belong to it: then only
    the scheme is shown.

    >>> redacted("postgresql://ann:secret@db.example/crm?sslmode=require&password=x")
    'postgresql://ann:***@db.example/crm'
    >>> redacted("postgresql://ann:sec/ret@db.example/crm")
    'postgresql://***'
    """
    scheme, _, rest = url.partition("://")
    login, at, hosts = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")
    beyond = rest[len(login + at + hosts) :]
    if scheme.lower() == "sc" and beyond.startswith("/;"):  # Spark Connect's token is there
        beyond = "/"
    if "@" in login + beyond or not _HOSTS.fullmatch(hosts):
        return f"{scheme}://{_HIDDEN}"
    user, colon, _ = login.partition(":")
    if scheme.lower().startswith("http") and user:  # where a token stands for the user
        user = _HIDDEN
    place = re.split("[?#]", beyond, maxsplit=1)[0]
    return f"{scheme}://{user}{colon and ':' + _HIDDEN}{at}{hosts}{place}"


def masked(text: str) -> str:
    """A text that repeats what was typed, without the passwords of URLs in it.

    >>> masked("There is no file postgres:/ann:sec/ret@db/crm, nor host=db password=secret.")
    'There is no file postgres:/ann:***@db/crm, nor host=db password=***'
    """
    text = _TYPED_LOGIN.sub(rf"\1\2:{_HIDDEN}@", text)
    return _TYPED_OPTION.sub(rf"\1\2{_HIDDEN}", text)
