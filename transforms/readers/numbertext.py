"""Numbers and days of spreadsheet cells as a person would type them."""

from __future__ import annotations

import datetime
import re

# Excel keeps 15 digits of a number; what looks like more was made up by the program.
EXACT_BELOW = 1e15
_WHOLE = re.compile(r"[+-]?\d+")
_ONLY_ZEROS = re.compile(r"0{2,}")
_EPOCH_1900 = datetime.datetime(1899, 12, 30)
_EPOCH_1904 = datetime.datetime(1904, 1, 1)
_LITERALS = re.compile(r'"[^"]*"|\\.|\[(?!h|m|s|H|M|S)[^\]]*\]|_.|\*.')
# Numbers of formats that every workbook knows without declaring them and that show days or times, the East Asian ones too.
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])


def number_text(stored: str, pattern: str | None = None) -> str:
    """The number that `stored` (as in the XML) stands for, in the shortest text that is the same number.

    Whole digits stay as they are. A number that lost digits to the spreadsheet keeps its exponent, `2.0201E+17`, so that nobody
    takes it for an identifier. `pattern` of only zeros (`00000000`) pads, as the spreadsheet shows it.
    """
    text = stored if _WHOLE.fullmatch(stored) else float_text(float(stored))
    if pattern and _ONLY_ZEROS.fullmatch(pattern) and text.isdigit():
        return text.zfill(len(pattern))
    return text


def float_text(number: float) -> str:
    """Shortest text of a stored float: 202010123456.7, 2017 (not 2017.0), 2.02010123456789E+17."""
    if number != number or number in (float("inf"), float("-inf")):
        return str(number)
    if number.is_integer() and abs(number) < EXACT_BELOW:
        return str(int(number))
    if number.is_integer():
        mantissa, _, exponent = f"{number:.16e}".partition("e")
        shortest = repr(number)
        digits = shortest.partition("e")[0] if "e" in shortest else mantissa.rstrip("0").rstrip(".")
        return f"{digits}E+{int(exponent):02d}"
    return repr(number)


def is_date_format(number: int, code: str | None) -> bool:
    """Whether a number format shows a day or a time; `code` is the format's own text, where the workbook declares it."""
    if code is None:
        return number in _DATE_FORMATS
    shown = _LITERALS.sub("", code.split(";")[0])
    return re.search(r"[dmyhsDMYHS年月日]", shown.replace("General", "")) is not None


def day_text(stored: str, is_1904: bool) -> str:
    """A serial day number as `2020-03-05`, `2020-03-05 10:00:00` or `10:00:00`; what is no day stays a number.

    The day 60 of the 1900 count, a 29 February that never was, stays a number too.
    """
    serial = float(stored)
    whole, milliseconds = divmod(round(serial * 86_400_000), 86_400_000)
    time = datetime.timedelta(milliseconds=milliseconds)
    if serial < 0 or serial >= 2_958_466 or (whole == 60 and not is_1904):
        return number_text(stored)
    if whole == 0 and not is_1904:
        return (_EPOCH_1900 + time).time().isoformat() if milliseconds else number_text(stored)
    epoch = _EPOCH_1904 if is_1904 else _EPOCH_1900 + datetime.timedelta(days=1 if whole < 60 else 0)
    moment = epoch + datetime.timedelta(days=whole) + time
    return moment.date().isoformat() if not milliseconds else moment.isoformat(sep=" ")
