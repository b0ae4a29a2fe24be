"""A drawing as PNG, for documents that take no SVG."""

from __future__ import annotations

from functools import cache

import resvg_py

# Sans serif fonts that draw both 中文 and Latin, in the order in which they are looked for.
FAMILIES = (
    "Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, PingFang SC, Hiragino Sans GB, Microsoft YaHei,"
    " WenQuanYi Micro Hei, WenQuanYi Zen Hei"
)
ZOOM = 2
_TRIAL = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text x="4" y="30" font-size="26">{}</text></svg>'
)


def png(svg: str) -> bytes:
    """The drawing at ZOOM times its size."""
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM, font_family=FAMILIES.partition(",")[0]))


@cache
def draws_chinese() -> bool:
    """Whether this machine has a font with 中文: two characters that it has not look alike, as nothing or as boxes."""
    one, other = (bytes(resvg_py.svg_to_bytes(svg_string=_TRIAL.format(character))) for character in "专利")
    return one != other
