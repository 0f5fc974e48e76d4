"""How an amount is split over lines so that not a single minor unit is lost or invented."""

from collections.abc import Sequence


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` over `weights` so that the parts sum exactly to `total`.

    Largest remainder (Hamilton): part i is floor(total * w_i / W), and the units left over go, one
    each, to the largest remainders, ties to the earlier index. A negative total is split as its
    absolute value, then negated. Each part lies within one unit of its exact share; a zero weight
    receives nothing; for 0 <= total <= W no part exceeds its weight, so a discount spread over
    what is left on each line can never push a line below zero.
    Raises ValueError for a negative weight, or when all weights are zero and `total` is not.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError(f"weights must not be negative, got {list(weights)}")
    whole = sum(weights)
    if whole == 0:
        if total != 0:
            raise ValueError(f"cannot allocate {total}: all {len(weights)} weights are zero")
        return [0] * len(weights)
    parts = _largest_remainder(abs(total), weights, whole)
    return [-part for part in parts] if total < 0 else parts


def _largest_remainder(amount: int, weights: Sequence[int], whole: int) -> list[int]:
    parts: list[int] = []
    remainders: list[int] = []
    for weight in weights:
        part, remainder = divmod(amount * weight, whole)
        parts.append(part)
        remainders.append(remainder)
    left = amount - sum(parts)
    if left:
        # A reversed stable sort keeps equal remainders in index order.
        by_remainder = sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)
        for index in by_remainder[:left]:
            parts[index] += 1
    return parts
