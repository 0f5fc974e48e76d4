"""How are the tables of published data sets read? Row by row with the line each stands in, and nothing repaired."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.text.suggest import did_you_mean


class DataMissing(Exception):
    """A data set is not where it was said to be, or is another one; the message names the file and the way out."""


def read_table(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """The line and the cells of each row. Raises DataMissing unless the file is there and has these columns."""
    try:
        # A data set that is not UTF-8 throughout is still worth reading: what is broken shows in its row.
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            found = reader.fieldnames or []
            missing = [column for column in columns if column not in found]
            if missing:
                hint = did_you_mean(missing[0], found)
                raise DataMissing(f"{path.name} has no column {missing[0]!r}{f'; {hint}' if hint else ''}")
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise DataMissing(f"{path} cannot be read: {error.strerror}") from error
    except csv.Error as error:
        raise DataMissing(f"{path.name} cannot be read as CSV: {error}") from error
