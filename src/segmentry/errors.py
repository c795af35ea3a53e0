"""Every error that Segmentry raises, each with what happened and how to fix it.

::

    SegmentryError                 code, what happened, what to do; exit code
    ├── InputError (ValueError)                          2  the data or the options
    │   ├── SourceError                                  2  a file that cannot be read as a table
    │   │   └── SourceNotFoundError (FileNotFoundError)  2  a path that is not there
    │   ├── ColumnError (LookupError)                    2  a column that the table does not have
    │   ├── FeatureError                                 2  columns that cannot be clustered on
    │   ├── ClusterCountError                            2  a number of segments that is impossible
    │   ├── ModelFileError                               2  a model file that cannot be trusted
    │   └── PlaybookError                                2  a playbook that cannot be understood
    ├── DatabaseError (ConnectionError)                  4  a database that cannot be asked
    ├── OutputError (OSError)                            2 or 4  a place that cannot be written to
    └── ResourceError (MemoryError)                      3  more memory or room than there may be

:class:`DataWarning` is no error: customers were scored, and something about them is doubtful.

Codes are those of the project's table of faults (``R01``, ``M53``, …) and never change their
meaning, so a program may rely on them. No text of an error holds a cell of an id or contact column,
nor the password of a URL, wherever somebody typed it.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from segmentry.redaction import masked

__all__ = [
    "ClusterCountError",
    "ColumnError",
    "DataWarning",
    "DatabaseError",
    "FeatureError",
    "InputError",
    "ModelFileError",
    "OutputError",
    "PlaybookError",
    "ResourceError",
    "SegmentryError",
    "SourceError",
    "SourceNotFoundError",
    "closest",
]


class DataWarning(UserWarning):
    """Customers are unlike those that a model was made from, so their segments are doubtful."""


class SegmentryError(Exception):
    """What happened, what to do about it, and a stable code.

    Parameters
    ----------
    what : str
        What happened, in one sentence, with the value in it.
    fix : str
        What to do, ideally something to paste.
    code : str
        The stable code, for example ``"R25"``.
    """

    exit_code = 2

    def __init__(self, what: str, fix: str, *, code: str) -> None:
        self.what, self.fix = masked(what), masked(fix)
        super().__init__(self.what, self.fix)
        self.code = code

    def __str__(self) -> str:
        return f"{self.what}\n{self.fix}"


class InputError(SegmentryError, ValueError):
    """The data or the options do not allow what was asked."""


class SourceError(InputError):
    """A source cannot be read as a table of customers."""


class SourceNotFoundError(SourceError, FileNotFoundError):
    """There is no file at the path."""


class ColumnError(InputError, LookupError):
    """The table has no such column, or has it twice."""


class FeatureError(InputError):
    """The chosen columns cannot be clustered on."""


class ClusterCountError(InputError):
    """The number of segments asked for is impossible on this data."""


class ModelFileError(InputError):
    """A model file is damaged, too new, or not a Segmentry model."""


class PlaybookError(InputError):
    """A playbook cannot be understood."""


class DatabaseError(SegmentryError, ConnectionError):
    """A database cannot be reached, or was lost."""

    exit_code = 4


class OutputError(SegmentryError, OSError):
    """A file or folder cannot be written.

    ``exit_code`` is 2 where the place itself is refused and 4 where the system refused to write.
    """

    def __init__(self, what: str, fix: str, *, code: str, exit_code: int = 2) -> None:
        super().__init__(what, fix, code=code)
        self.exit_code = exit_code


class ResourceError(SegmentryError, MemoryError):
    """The work needs more memory, or more room for temporary files, than it may take."""

    exit_code = 3


def closest(name: str, choices: Sequence[str], *, count: int = 3) -> list[str]:
    """Return the names most like ``name``, best first, ignoring case and surrounding spaces.

    >>> closest("anual income", ["Age", "Annual Income (k$)", "Gender"], count=1)
    ['Annual Income (k$)']
    """
    folded = {choice.strip().casefold(): choice for choice in reversed(choices)}
    wanted = name.strip().casefold()
    hits = [key for key in folded if wanted and wanted in key]
    hits += difflib.get_close_matches(wanted, folded, n=count, cutoff=0.6)
    return list(dict.fromkeys(folded[hit] for hit in hits))[:count]
