"""Do time zones come from the package, under exactly their names?"""

import pickle
from datetime import datetime

import pytest

from engine.facts.timezones import TZ_VERSION, zone, zone_names


def test_every_name_of_the_database_is_a_zone() -> None:
    zones = [zone(name) for name in zone_names()]
    assert None not in zones
    assert len(zones) > 400


@pytest.mark.parametrize(
    "name",
    [
        "",
        "utc",
        "europe/london",
        "Europe",
        "../UTC",
        "/etc/localtime",
        "Europe/../UTC",
        "UTC\0",
        "Sao Paulo",
        "zone.tab",
    ],
)
def test_other_names_are_no_zone(name: str) -> None:
    assert zone(name) is None


def test_a_zone_is_loaded_once_and_survives_pickling() -> None:
    london = zone("Europe/London")
    assert london is not None
    assert london is zone("Europe/London")
    assert pickle.loads(pickle.dumps(london)) is london


def test_sao_paulo_has_no_summer_time_since_2019() -> None:
    sao_paulo = zone("America/Sao_Paulo")
    summers = [datetime(year, 1, 1, tzinfo=sao_paulo).strftime("%z") for year in (2018, 2026)]
    assert summers == ["-0200", "-0300"]


def test_version_names_a_release_of_the_database() -> None:
    assert TZ_VERSION[:4].isdigit()
    assert TZ_VERSION[4:].isalpha()
