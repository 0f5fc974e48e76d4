"""Which findings concern tariffs, tax tables and orders taken over from other makers (RS8xx)?"""

from __future__ import annotations

from engine.text.codes.code import Code

_UNREADABLE = (
    Code(
        code="RS801",
        title="not a table of comma-separated values",
        severity="error",
        why="From this line on the rows cannot be told apart, so they were not read.",
        bad='method,price_gbp\n"letter,2.20',
        good='method,price_gbp\n"letter",2.20',
        remedy="Close the quote, or export the table again as comma-separated values.",
    ),
    Code(
        code="RS802",
        title="missing column",
        severity="error",
        why="The columns are found by their names in the first line; without this one no row has a meaning.",
        bad="method,weight,price_gbp",
        good="method,min_weight_g,max_weight_g,price_gbp",
        remedy="Name the column in the first line as the finding says, or check that this is the right file.",
    ),
    Code(
        code="RS803",
        title="row of another width",
        severity="warning",
        why="A row with more or fewer cells than the first line has values under the wrong names.",
        bad="country,zone\nBolivia, Plurinational State,SIX",
        good='country,zone\n"Bolivia, Plurinational State",SIX',
        remedy="Put quotes around a cell that contains a comma; remove comments and notes from the table.",
    ),
    Code(
        code="RS804",
        title="value that cannot be read",
        severity="warning",
        why="A weight, price, date or code is not what its column holds. The row was left out, not guessed.",
        bad="min_weight_g,price_gbp\n1kg,2.205",
        good="min_weight_g,price_gbp\n1000,2.21",
        remedy="Correct the value in the source and import again.",
    ),
    Code(
        code="RS807",
        title="data of another shape",
        severity="warning",
        why="The importer knows one layout of this source; parts of another are left out, not guessed.",
        bad='{"rates": {"FR": 20}}',
        good='{"items": {"FR": [{"effective_from": "2014-01-01", "rates": {"standard": 20}}]}}',
        remedy="Check that this is the file the import is made for, and that it is complete.",
    ),
)

_LEFT_OUT = (
    Code(
        code="RS805",
        title="part of a tariff that leads nowhere",
        severity="warning",
        why="A method without prices, prices of a method no zone offers, or a zone without countries can "
        "never be charged. The rows are left out of the ruleset, because no cart would reach them.",
        bad="# zone_to_method.csv\nzone,method\nEU,EU_LETTER\n# rates_by_weight.csv has no row for EU_LETTER",
        good="# rates_by_weight.csv\nmethod,min_weight_g,max_weight_g,price_gbp\nEU_LETTER,1,100,2.20",
        remedy="Look for a misspelt name in the source, or accept that the part is not offered.",
    ),
    Code(
        code="RS806",
        title="postcode pattern that cannot be translated exactly",
        severity="warning",
        why="A ruleset compares postcodes by prefix and list, so that findings about them can be proved. "
        "A pattern that means more or less than that would tax some places wrongly, so its row was left out.",
        bad='{"name": "Somewhere", "postcode": "9.*", "standard": 0}',
        good='{"name": "Somewhere", "postcode": "9[0-4]\\\\d{3}", "standard": 0}',
        remedy="Write the rate by hand with `starts_with` or `in`.",
    ),
    Code(
        code="RS808",
        title="condition the ruleset language cannot say",
        severity="note",
        why="The source limits a price by something no fact describes. The price is in the ruleset, the "
        "limit is only a comment, or a weaker condition that every parcel within the limit satisfies.",
        bad="max_weight_g,price_eur,width_cm,height_cm,depth_cm\n500,37.96,60,120,60",
        good="refuse:\n  - {id: large, when: {shipment.volume_cm3: {more_than: 432000cm3}}, code: too_large}",
        remedy="Add a condition on an attribute of the store if the limit matters.",
    ),
    Code(
        code="RS810",
        title="stated twice",
        severity="warning",
        why="The source says the same thing in two rows. The first one counts.",
        bad="country,zone\nBQ,7\nBQ,7",
        good="country,zone\nBQ,7",
        remedy="Remove one of the rows from the source.",
    ),
)

_WHOLE_FOLDERS = (
    Code(
        code="RS811",
        title="files that are no known tariff",
        severity="error",
        why="A tariff is several tables that belong together, found by their file names.",
        bad="dhl/zones.csv",
        good="dhl/zones.csv\ndhl/rates_by_weight.csv",
        remedy="Give the folder that holds all the tables the finding names.",
    ),
)

CODES: tuple[Code, ...] = (
    *_UNREADABLE[:4],
    _LEFT_OUT[0],
    _LEFT_OUT[1],
    _UNREADABLE[4],
    *_LEFT_OUT[2:],
    *_WHOLE_FOLDERS,
)
