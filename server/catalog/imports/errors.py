"""Why can a file not be imported at all? Faults of single rows are no errors: they are in the report."""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

FILE_UNREADABLE: Final = ErrorCode("import_unreadable", Kind.MALFORMED, "The file cannot be read as CSV")
COLUMNS_WRONG: Final = ErrorCode("import_columns_wrong", Kind.INVALID, "The file has other columns than a catalogue")
FILE_TOO_LONG: Final = ErrorCode("import_too_long", Kind.TOO_LARGE, "The file has too many rows for one import")
