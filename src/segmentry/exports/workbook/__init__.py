"""The run as an Excel workbook: a sheet a module, all written through one guarded :class:`Sheet`.

Nothing from the data is ever a formula or a link, and no sheet takes its name from the data.
"""

from segmentry.exports.workbook.writing import write_workbook

__all__ = ["write_workbook"]
