"""Make the characters visible that would change how the text around them is read."""

from __future__ import annotations

# Controls other than tab and line ends, line and paragraph separators, and the marks that override reading direction.
_DECEIVING = (
    *(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D)),
    *range(0x7F, 0xA0),
    0x061C,
    0x200E,
    0x200F,
    *range(0x2028, 0x202F),
    *range(0x2066, 0x206A),
)
_SHOWN = {code: f"[U+{code:04X}]" for code in _DECEIVING}


def made_visible(text: str) -> str:
    """The text with control and direction characters written as [U+202E]; everything else untouched."""
    return text if text.isprintable() else text.translate(_SHOWN)  # none of them is printable
