"""The report as a PDF, from its own page and the styles that it has for paper."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Any

from segmentry.errors import InputError
from segmentry.files import whole_file

__all__ = ["write_pdf"]

_NAME = b"segmentry"
"""What a PDF is identified by; the same report gives the same bytes."""


def write_pdf(report: str, path: str | os.PathLike[str]) -> None:
    """Write a report as PDF.

    Nothing is fetched for it: neither files nor anything of a network, whatever the page says.

    Parameters
    ----------
    report : str
        The text of ``report.html``.
    path : str or PathLike
        The file.

    Raises
    ------
    InputError
        If the extra ``pdf``, or a library of the system that it needs, is not installed.
    OutputError
        If the system refuses to write.
    """
    weasyprint = _library()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    page = weasyprint.HTML(string=report, url_fetcher=fetcher, media_type="print")
    made = page.write_pdf(pdf_tags=True, pdf_identifier=_NAME)
    with whole_file(path) as draft:
        draft.write_bytes(made)


def _library() -> Any:
    """Import WeasyPrint, which prints a page of its own where Pango is missing."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            import weasyprint
    except ModuleNotFoundError as error:
        raise InputError(
            f"A PDF needs a library that is not installed ({error.name}).",
            "Install it: pip install 'segmentry[pdf]'",
            code="R106",
        ) from None
    except OSError as error:
        raise InputError(
            f"A PDF needs a library of the system that is missing: {str(error)[:120]}",
            "Install it: sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
            code="R106",
        ) from None
    return weasyprint
