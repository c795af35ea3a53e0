"""Who may come in: an ASGI layer around the studio that every request passes first.

It is for one person on one machine, so it trusts nothing that another page, another user of the
machine or another host could send:

- the ``Host`` must be one that the studio was started for (against DNS rebinding);
- a request that changes something must come from the studio's own pages (``Sec-Fetch-Site``, else
  ``Origin``);
- a one-time token in the printed address opens a session, which a strict cookie then stands for;
- a body may have so many bytes, counted as they come, and no encoding; without a file it is small;
- every answer says that it may not be framed, sniffed, cached or fetched by other origins.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

__all__ = ["HEADERS", "Door", "Keys", "RefusalError"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_SAFE = frozenset({"GET", "HEAD"})
_MOST_FAILURES = 5
_WINDOW_SECONDS = 60.0
_MOST_FORM_BYTES = 2_000_000
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_WELCOME = (
    b'<!doctype html><html lang="en"><head><meta charset="utf-8">'
    b'<meta http-equiv="refresh" content="0;url=/"><meta name="color-scheme" content="light dark">'
    b'<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
    b"<title>Segmentry studio</title></head>"
    b'<body><main><h1>Segmentry studio</h1><p><a href="/">Go on</a></p></main></body></html>'
)
HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
"""What every answer says of itself, unless it says so already."""


class RefusalError(Exception):
    """A request that is not let in: the status, and two lines about it."""

    def __init__(self, status: int, code: str, what: str, fix: str) -> None:
        super().__init__(what)
        self.status, self.code, self.what, self.fix = status, code, what, fix


@dataclass
class Keys:
    """One-time tokens, and the sessions that they opened.

    Attributes
    ----------
    tell : callable
        Is given each new token, to be printed for the next browser.
    """

    tell: Callable[[str], None]
    sessions: set[str] = field(default_factory=set)
    _token: str = ""
    _failures: deque[float] = field(default_factory=deque)

    def renew(self) -> str:
        """Make the next one-time token, which takes the place of the last."""
        self._token = secrets.token_urlsafe(24)
        self.tell(self._token)
        return self._token

    def open(self, token: str) -> str:
        """Take a token for a new session; the next token is then another one.

        Raises
        ------
        RefusalError
            401 for a token that is wrong or used; 429 after five of them in a minute. The right
            one is always taken: with 192 bits nobody guesses it, and else any page that the
            browser shows could keep its owner out.
        """
        if not self._token or not secrets.compare_digest(token.encode(), self._token.encode()):
            raise self._wrong()
        self.renew()
        session = secrets.token_urlsafe(24)
        self.sessions.add(session)
        return session

    def _wrong(self) -> RefusalError:
        """What is said to a token that is not the right one."""
        now = time.monotonic()
        while self._failures and now - self._failures[0] > _WINDOW_SECONDS:
            self._failures.popleft()
        if len(self._failures) >= _MOST_FAILURES:
            return RefusalError(429, "S98", "Too many wrong links.", "Wait a minute.")
        self._failures.append(now)
        return RefusalError(
            401, "S98", "This link was used already, or is not the studio's.",
            "Open the newest link that the terminal shows; each one works once.",
        )  # fmt: skip


class Door:
    """The layer around an app.

    Parameters
    ----------
    app : ASGI app
        What is behind the door; ``scope["session"]`` tells it who came in.
    keys : Keys
        Tokens and sessions.
    hosts : iterable of str
        What ``Host`` may say.
    cookie : str
        The cookie's name.
    most_bytes : int
        The longest body with a file; one without may have 2 MB.
    refuse : callable
        Turns a :class:`RefusalError` into an answer.
    """

    def __init__(
        self,
        app: App,
        *,
        keys: Keys,
        hosts: Iterable[str],
        cookie: str,
        most_bytes: int,
        refuse: Callable[[RefusalError, Scope], App],
    ) -> None:
        self.app, self._keys, self._cookie = app, keys, cookie
        self._hosts, self._most, self._refuse = frozenset(hosts), most_bytes, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        marked = _marking(send)
        try:
            headers = _headers_of(scope)
            most = self._most_bytes(headers)
            self._check(scope, headers, most)
            token = _token_of(scope)
            if token is not None:
                await _welcome(self._cookie, self._keys.open(token))(scope, receive, marked)
                return
            scope["session"] = self._session(scope, headers)
            await self.app(_as_get(scope), _Counted(receive, most), marked)
        except RefusalError as refusal:
            await self._refuse(refusal, scope)(scope, receive, marked)

    def _most_bytes(self, headers: dict[str, str]) -> int:
        """How long the body may be; only a file is ever large."""
        of_files = headers.get("content-type", "").lower().startswith("multipart/form-data")
        return self._most if of_files else _MOST_FORM_BYTES

    def _check(self, scope: Scope, headers: dict[str, str], most: int) -> None:
        """Refuse what no page of ours sends."""
        if headers.get("host", "").lower() not in self._hosts:
            raise RefusalError(400, "S98", "This address is not the studio's.",
                          "Open the link that the terminal shows.")  # fmt: skip
        if scope["method"] not in {*_SAFE, "POST"}:
            raise RefusalError(
                405, "S98", "That cannot be done here.", "Go back to the start page."
            )
        if scope["method"] == "POST" and not self._own_page(headers):
            raise RefusalError(403, "S98", "Another page asked for this, so it was not done.",
                          "Do it from the studio's own page.")  # fmt: skip
        if headers.get("content-encoding", "identity") != "identity":
            raise RefusalError(415, "S98", "The upload is compressed.", "Send the file as it is.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 20 or int(length) > most:
            raise _too_large(most)

    def _own_page(self, headers: dict[str, str]) -> bool:
        """Whether a page of ours sent the request; tools outside browsers say nothing of it."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = headers.get("origin")
        return origin is None or origin.partition("://")[2].lower() in self._hosts

    def _session(self, scope: Scope, headers: dict[str, str]) -> str:
        """Who sent the request; what is the same for everybody needs nobody."""
        session = _cookies_of(headers).get(self._cookie, "")
        if session in self._keys.sessions:
            return session
        if scope["path"].startswith("/static/"):
            return ""
        raise RefusalError(401, "S98", "The studio does not know this browser.",
                      "Open the newest link that the terminal shows.")  # fmt: skip


class _Counted:
    """A body whose bytes are counted as they come."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._most, self._bytes = receive, most, 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most:
            raise _too_large(self._most)
        return message


def _too_large(most: int) -> RefusalError:
    return RefusalError(
        413, "S97", f"That has more than {most / 1e6:,.0f} MB.",
        "Start the studio with a larger --most-mb, or run it in a terminal: segmentry run FILE.",
    )  # fmt: skip


def _headers_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): own.decode("latin-1") for name, own in scope["headers"]}


def _cookies_of(headers: dict[str, str]) -> dict[str, str]:
    """The cookies; those of other programs on this machine come too, and may be of any form."""
    parts = (own.partition("=") for own in headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in parts}


def _as_get(scope: Scope) -> Scope:
    """HEAD is answered as GET; the server leaves the body out."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _token_of(scope: Scope) -> str | None:
    """The one-time token of the printed address."""
    if scope["path"] != "/" or scope["method"] != "GET":
        return None
    said = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return said[0] if said else None


def _welcome(cookie: str, session: str) -> App:
    """Set the cookie, on a page that goes on by itself to an address without the token.

    Where another site's page holds the link, a browser sends no strict cookie after a redirect;
    after a page of ours it does.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        said = f"{cookie}={session}; Path=/; HttpOnly; SameSite=Strict"
        headers = [
            (b"content-type", b"text/html; charset=utf-8"), (b"set-cookie", said.encode()),
            (b"content-length", str(len(_WELCOME)).encode()),
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": _WELCOME})

    return answer


def _marking(send: Send) -> Send:
    """Add what every answer says of itself."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            more = [
                (name.encode(), own.encode())
                for name, own in HEADERS.items()
                if name.encode() not in given
            ]
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return marked
