"""How an exact ratio becomes a whole number of minor units."""

from typing import Literal, assert_never

Rounding = Literal["half_up", "half_even", "half_down", "up", "down"]


def round_ratio(numerator: int, denominator: int, mode: Rounding) -> int:
    """Round numerator / denominator to an integer, in integer arithmetic only.

    half_up: ties away from zero; half_even: ties to the even neighbour; half_down: ties toward
    zero; up: away from zero; down: toward zero. All modes are symmetric: rounding -x gives
    minus the rounding of x, so a refund mirrors its charge to the cent.
    Raises ValueError unless the denominator is positive.
    """
    if denominator <= 0:
        raise ValueError(f"denominator must be positive, got {denominator}")
    floor, rest = divmod(abs(numerator), denominator)
    if rest and _goes_away_from_zero(floor, 2 * rest - denominator, mode):
        floor += 1
    return -floor if numerator < 0 else floor


def _goes_away_from_zero(floor: int, above_half: int, mode: Rounding) -> bool:
    """`above_half` is negative below the midpoint, zero on it, positive above it."""
    match mode:
        case "half_up":
            return above_half >= 0
        case "half_even":
            return above_half > 0 or (above_half == 0 and floor % 2 == 1)
        case "half_down":
            return above_half > 0
        case "up":
            return True
        case "down":
            return False
        case _:
            assert_never(mode)
