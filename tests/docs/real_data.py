"""Which figures of real data do the documentation pages show? `python tests/docs/real_data.py FOLDER` writes them.

FOLDER holds the public data sets, each under the name the commands use. A block of a page between
`<!-- begin NAME -->` and `<!-- end -->` is written anew; everything else is by hand. Commands run as they are printed.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
WIDTH = "110"
RUNS = 3
"""Each replay is run so often with each number of processes; the fastest counts."""

REPLAYS = {
    "olist": ("olist data/olist --rules examples/replays/olist/rules", "Olist"),
    "online-retail": (
        "online-retail data/online_retail/online_retail_2010-12-01_to_07.csv"
        " --rules examples/replays/online-retail/rules",
        "Online Retail, first week",
    ),
    "online-retail-year": (
        "online-retail data/online_retail/online_retail_year_row_sample_40k.csv --sample"
        " --rules examples/replays/online-retail/rules",
        "Online Retail, rows of a year",
    ),
}
IMPORTS = {
    "royal-mail": "tariff royal-mail data/tariff/royal_mail_2023",
    "royal-mail-domestic": "tariff royal-mail data/tariff/royal_mail_domestic_versions",
    "dhl-express": "tariff dhl data/tariff/dhl_express_de",
    "dhl-premium": "tariff dhl data/tariff/dhl_premium_business_de",
    "vat": "vat data/vat/ibericode_vat-rates.json",
}
EXAMPLES = 3
"""Findings shown of each code."""

_BLOCK = re.compile(r"<!-- begin ([\w-]+) -->\n.*?<!-- end -->", re.DOTALL)
_ROW = re.compile(r"([\w.-]+\.(?:csv|json)):([0-9]+)")
_DEFECTS = {"overlap": "RS413", "price_drop": "RS415"}


@dataclass(frozen=True)
class Desk:
    """A folder with `data`, `rules` and `examples`, in which commands are run."""

    folder: Path

    def run(self, words: str) -> str:
        """What `sostech WORDS` prints, on either stream."""
        command = [sys.executable, "-m", "engine.cli", *words.split()]
        surroundings = {**os.environ, "COLUMNS": WIDTH, "NO_COLOR": "1", "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run(command, cwd=self.folder, env=surroundings, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"sostech {words}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stderr + done.stdout

    def plain(self, words: str) -> dict[str, Any]:
        """The JSON a command prints."""
        decoded: dict[str, Any] = json.loads(self.run(words + " --json"))
        return decoded


def main(data: Path) -> None:
    """Write the blocks of both pages."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        for name, target in (("data", data), ("rules", CHECKOUT / "rules"), ("examples", CHECKOUT / "examples")):
            (desk.folder / name).symlink_to(target.resolve())
        fill(CHECKOUT / "docs/explanation/replays.md", replay_blocks(desk))
        fill(CHECKOUT / "docs/explanation/imports.md", import_blocks(desk))


def fill(page: Path, blocks: Mapping[str, str]) -> None:
    """Put the blocks in their places; a page without a place for one of them is a mistake."""
    text = page.read_text("utf-8")
    places = _BLOCK.findall(text)
    if sorted(places) != sorted(blocks):
        raise SystemExit(f"{page.name} has places for {places}, but the blocks are {list(blocks)}")
    page.write_text(_BLOCK.sub(lambda m: f"<!-- begin {m[1]} -->\n{blocks[m[1]]}\n<!-- end -->", text), "utf-8")


# replays -----------------------------------------------------------------------------------------------------


def replay_blocks(desk: Desk) -> dict[str, str]:
    """Each replay as printed, and all of them in one table."""
    blocks = {name: console([f"replay {words}"], desk) for name, (words, _) in REPLAYS.items()}
    return {"summary": replay_table(desk), **blocks}


def replay_table(desk: Desk) -> str:
    """Orders and rows by what became of them, and orders a second with one and two processes."""
    rows = []
    for words, title in REPLAYS.values():
        speeds = {}
        for workers in (1, 2):
            runs = [desk.plain(f"replay {words} --workers {workers}") for _ in range(RUNS)]
            speeds[workers] = max(run["timing"]["orders_per_second"] for run in runs)
            result = runs[0]
        for what in ("orders", "rows"):
            counts = result[what]
            skipped = sum(counts["skipped"].values())
            numbers = (counts["read"], counts["priced"], counts["refused"], skipped)
            speed = [f"{speeds[1]:,}", f"{speeds[2]:,}"] if what == "orders" else ["", ""]
            rows.append([title, what, *(f"{number:,}" for number in numbers), *speed])
    head = ["replay", "", "read", "priced", "refused", "skipped", "orders/s, 1 process", "orders/s, 2 processes"]
    return table(head, rows, right=range(2, 8))


def console(commands: Iterable[str], desk: Desk) -> str:
    """Commands with what they print."""
    played = "".join(f"$ sostech {words}\n{desk.run(words)}" for words in commands)
    return "```console\n" + "\n".join(line.rstrip() for line in played.rstrip().splitlines()) + "\n```"


# imports -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """One ruleset made of a source: counts and findings of the import, the lines of the ruleset, its own findings."""

    name: str
    words: str
    result: dict[str, Any]
    lines: list[str]
    found: list[dict[str, Any]]

    def rows_of(self, finding: Mapping[str, Any]) -> list[str]:
        """The rows of the source behind a finding, the related ones first, as comments of the ruleset name them."""
        spans = [*(place["span"] for place in finding.get("related", ())), finding["span"]]
        places = (_ROW.search(self.lines[span["line"] - 1].partition(" # ")[2]) for span in spans)
        return [place[0] for place in places if place is not None]


def import_blocks(desk: Desk) -> dict[str, str]:
    """What was read and written, what `check` finds in it, and how that compares with the defects known before."""
    imports = [imported(desk, name, words) for name, words in IMPORTS.items()]
    return {
        "commands": import_commands(imports),
        "imports": import_table(imports),
        "left-out": left_out(imports),
        "findings": "\n\n".join(part for each in imports for part in findings(each)),
        "known-defects": known_defects(desk, imports[0]),
    }


def imported(desk: Desk, name: str, words: str) -> Import:
    result = desk.plain(f"import {words} -o {name}.yaml")
    lines = (desk.folder / f"{name}.yaml").read_text("utf-8").splitlines()
    return Import(name, words, result, lines, desk.plain(f"check --all {name}.yaml")["diagnostics"])


def import_commands(imports: Iterable[Import]) -> str:
    lines = [f"sostech import {each.words} -o {each.name}.yaml" for each in imports]
    return "```sh\n" + "\n".join([*lines, "sostech check --all *.yaml"]) + "\n```"


def import_table(imports: Iterable[Import]) -> str:
    rows = []
    for each in imports:
        for number, counts in enumerate(each.result["counts"]):
            name = f"`{each.name}.yaml`, {len(each.lines):,} lines" if number == 0 else ""
            told = [f"{counts[key]:,}" for key in ("read", "written", "reported")]
            rows.append([name, f"`{counts['file']}`", *told])
    return table(["ruleset", "table", "rows read", "written", "reported"], rows, right=range(2, 5))


def left_out(imports: Iterable[Import]) -> str:
    """What the imports themselves reported, by code."""
    rows = []
    for each in imports:
        for code, found in by_code(each.result["diagnostics"]).items():
            first = found[0]
            place = f"`{Path(first['span']['source']).name}:{first['span']['line']}`"
            rows.append([f"`{each.name}`", code, first["severity"], f"{len(found):,}", f"{place} {first['message']}"])
    return table(["import", "code", "severity", "findings", "the first"], rows, right=[3])


def findings(each: Import) -> Iterator[str]:
    """What `check` finds in a ruleset: a table of codes with examples."""
    groups = by_code(each.found)
    severities = Counter(finding["severity"] for finding in each.found)
    counts = (f"{count:,} {severity}{'s' * (count > 1)}" for severity, count in severities.items())
    said = ", ".join(counts) or "nothing"
    yield f"### {each.name}: {said}"
    if not groups:
        return
    rows = []
    for code, found in groups.items():
        for number, finding in enumerate(found[:EXAMPLES]):
            count = f"{len(found):,}" if number == 0 else ""
            places = ", ".join(f"`{row}`" for row in each.rows_of(finding))
            rows.append([code if number == 0 else "", count, finding["message"], places])
    yield table(["code", "findings", "for example", "rows of the source"], rows, right=[1])


def known_defects(desk: Desk, each: Import) -> str:
    """Each defect that was found in the tariff by hand, beside the finding at the same two rows."""
    folder = desk.folder / "data/tariff/royal_mail_2023"
    lines: dict[tuple[str, ...], int] = {}
    for line, row in enumerate(rows_in(folder / "rates_by_weight.csv"), start=2):
        lines[tuple(row[name] for name in ("method", "min_weight_g", "max_weight_g", "price_gbp"))] = line
    found = {(finding["code"], *each.rows_of(finding)): finding["message"] for finding in each.found}
    rows = []
    for defect in rows_in(folder / "ANOMALIES.csv"):
        if defect["kind"] in _DEFECTS:
            code = _DEFECTS[defect["kind"]]
            pair = [lines[defect["method"], defect[f"lo{n}"], defect[f"hi{n}"], defect[f"price{n}"]] for n in (1, 2)]
            told = found.pop((code, *(f"rates_by_weight.csv:{line}" for line in pair)), "**not found**")
            kind = defect["kind"].replace("_", " ")
            rows.append([kind, " and ".join(map(str, pair)), code, told])
    others = [key for key in found if key[0] in _DEFECTS.values()]
    rest = (
        f"{len(others)} further findings with these codes." if others else "No further finding has one of these codes."
    )
    return table(["known", "rows", "found as", "message"], rows) + f"\n\n{len(rows)} known. {rest}"


def rows_in(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def by_code(found: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for finding in sorted(found, key=lambda each: str(each["code"])):
        groups.setdefault(finding["code"], []).append(finding)
    return groups


# Markdown ----------------------------------------------------------------------------------------------------


def table(head: list[str], rows: Iterable[list[str]], right: Iterable[int] = ()) -> str:
    """A Markdown table; `right` are the columns that hold numbers."""
    numbers = set(right)
    rule = ["---:" if column in numbers else "---" for column in range(len(head))]
    body = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *body))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
