"""URLs of servers, checked before a driver reads them: what it refuses it repeats in pieces."""

from __future__ import annotations

import re

from segmentry.errors import InputError

__all__ = ["postgres_address", "spark_address"]

_HOST = r"(?:\[[0-9A-Fa-f:.]+(?:%25\w+)?\]|[^:\[\]]*)(?::\d{0,5})?"
_HOSTS = re.compile(rf"{_HOST}(?:,{_HOST})*")
_SERVER = r"(?:\[[0-9A-Fa-f:.]+\]|[^:,/\s\[\]]+):\d{1,5}"
_MASTER = re.compile(rf"(?:yarn|local(?:-cluster)?(?:\[[^\]]*\])?|{_SERVER}(?:,{_SERVER})*)?/*")
"""What stands behind ``spark://``; nothing where Spark's own settings name the master."""
_ENCODED = (
    "Write / ? # @ % and spaces in a password as %2F %3F %23 %40 %25 %20, or leave it to "
    "PGPASSWORD or ~/.pgpass."
)


def postgres_address(url: str) -> str:
    """Return the URL of a PostgreSQL server as libpq knows it, its scheme in lower case.

    Raises
    ------
    InputError
        If it can be read in two ways, or in none. Nothing of it is told but the scheme.

    >>> postgres_address("Postgres://ann@db.example/crm")
    'postgresql://ann@db.example/crm'
    """
    rest = url.partition("://")[2]
    login, at, hosts = re.split("[/?#]", rest, maxsplit=1)[0].rpartition("@")
    beyond = rest[len(login + at + hosts) :]
    if "@" in login + beyond or "#" in rest:
        raise _unreadable("an @, /, ? or # of its password or elsewhere is not encoded", _ENCODED)
    if re.search(r"[\s\x00-\x1f\x7f\ud800-\udfff]", rest):
        raise _unreadable("it holds a space or a character that is none of text", _ENCODED)
    if re.search(r"%(?![0-9A-Fa-f]{2})|%00", rest):
        raise _unreadable("after a % there are not two digits of a character's code", _ENCODED)
    if not _HOSTS.fullmatch(hosts):
        raise _unreadable(
            "there is no host and port where they should be",
            "Give postgresql://user@host:5432/database, or [::1] for an address of IPv6.",
        )
    return f"postgresql://{rest}"


def spark_address(url: str) -> str:
    """Return the URL of a session of Spark's, its scheme in lower case.

    Raises
    ------
    InputError
        If it has a user or password where Spark knows none, or is no master of a cluster.

    >>> spark_address("SPARK://local[2]")
    'spark://local[2]'
    """
    scheme, _, rest = url.partition("://")
    if scheme.lower() == "spark" and "@" in rest:
        raise InputError(
            "The URL spark://*** cannot be read: the master of a cluster knows no user.",
            "Give spark://host:7077.",
            code="R103",
        )
    if scheme.lower() == "spark" and not _MASTER.fullmatch(rest):
        raise InputError(
            "The URL spark://*** cannot be read: it is no master of a cluster, host:port.",
            "Give spark://host:7077 of a cluster, spark://local[4], or sc://host:15002.",
            code="R103",
        )
    return f"{scheme.lower()}://{rest}"


def _unreadable(why: str, fix: str) -> InputError:
    return InputError(f"The URL postgresql://*** cannot be read: {why}.", fix, code="R103")
