"""Which bits of a mask are set?"""

from __future__ import annotations

_FEW_BITS = 64
_BITS_OF_BYTE = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def iter_bits(mask: int) -> list[int]:
    """The positions of the set bits, lowest first.

    Few bits are taken off the top one by one, which shortens the mask as it goes; many are read byte by byte,
    because a change to a long mask costs its whole length.
    """
    if mask < 256:
        return [*_BITS_OF_BYTE[mask]]
    if mask.bit_count() > _FEW_BITS:
        return _bits_by_byte(mask)
    bits = []
    while mask:
        top = mask.bit_length() - 1
        bits.append(top)
        mask ^= 1 << top
    bits.reverse()
    return bits


def _bits_by_byte(mask: int) -> list[int]:
    data = mask.to_bytes((mask.bit_length() + 7) // 8, "little")
    return [8 * place + bit for place, byte in enumerate(data) if byte for bit in _BITS_OF_BYTE[byte]]
