"""Execute the notebook at the root; as a script, also store what it prints (make notebook)."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "customer_segmentation.ipynb"


def execute(folder: Path, *, strict: bool) -> nbformat.NotebookNode:
    """Run all cells with ``folder`` as their place; with ``strict`` a warning is an error."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    if strict:
        first = nbformat.v4.new_code_cell("import warnings\nwarnings.simplefilter('error')")
        notebook.cells.insert(0, first)
    NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
    ).execute()
    return notebook


if __name__ == "__main__":
    nbformat.write(execute(ROOT, strict=False), NOTEBOOK)
