"""Captions as broadcasters hold them, written by hand: line 21 codes, SCC and EBU-STL."""

RESUME, ROLL_UP, PAINT_ON = (0x14, 0x20), (0x14, 0x25), (0x14, 0x29)
ERASE, RETURN, CLEAR, SHOW = (0x14, 0x2C), (0x14, 0x2D), (0x14, 0x2E), (0x14, 0x2F)
ROW_14, ROW_15 = (0x14, 0x50), (0x14, 0x70)

Pair = tuple[int, int]


def codes(*pairs: Pair) -> list[Pair]:
    """Codes are sent twice."""
    return [_odd(pair) for pair in pairs for _ in range(2)]


def letters(text: str) -> list[Pair]:
    padded = text.encode("ascii") + b"\0" * (len(text) % 2)
    return [_odd((first, second)) for first, second in zip(padded[::2], padded[1::2], strict=True)]


def _odd(pair: Pair) -> Pair:
    """With odd parity."""
    first, second = (byte | 0x80 * (byte.bit_count() % 2 == 0) for byte in pair)
    return first, second


def scc(*lines: tuple[str, list[Pair]]) -> str:
    """Timecodes, and what is sent from then on."""
    sent = (f"{time}\t{' '.join(f'{first:02x}{second:02x}' for first, second in pairs)}" for time, pairs in lines)
    return "\n\n".join(["Scenarist_SCC V1.0", *sent]) + "\n"


def header(start: str = "10000000", rate: bytes = b"STL25.01") -> bytes:
    """The header of EBU-STL, of a programme that starts at `start`."""
    fields = (
        b"850",
        rate,
        b"1",
        b"00",
        b"09",
        b" " * 208,
        b"250101" * 2,
        b"00",
        b"00002" * 2,
        b"001",
        b"40",
        b"23",
        b"1",
    )
    return b"".join([*fields, start.encode(), b"00000000", b"11GBR"]).ljust(1024)


def block(number: int, start: tuple[int, ...], end: tuple[int, ...], text: bytes, **fields: int) -> bytes:
    """A block of EBU-STL; `start` and `end` are hours, minutes, seconds and frames."""
    given = {"extension": 0xFF, "cumulative": 0, "comment": 0} | fields
    times = bytes([given["extension"], given["cumulative"], *start, *end, 20, 2, given["comment"]])
    return b"\0" + number.to_bytes(2, "little") + times + text.ljust(112, b"\x8f")
