"""A world whose every text tries to be something else: markup, a formula, a template, or text of another direction."""

from __future__ import annotations

from tests.warehouse.world import Rows, world

RIGHT_TO_LEFT = "\u202e"
# A formula, markup that closes what may be open, an attribute, a template, and a mark that turns the direction.
HOSTILE = (
    '=HYPERLINK("a","b")<script>alert(1)</script></title></svg></style><img src=x onerror=alert(1)>'
    f'" onmouseover="alert(1) \' ]]> &lt;b&gt; {{{{ 7 * 7 }}}} {{% raw %}} 正{RIGHT_TO_LEFT}反'
)


def hostile_world() -> Rows:
    """The world with HOSTILE in every column that a person or a supplier writes freely."""
    rows = world()
    changed = {
        "core.application": ("title",),
        "core.publication": ("title",),
        "core.applicant": ("applicant_name",),
        "core.branch": ("title_zh", "tier1_title_zh", "tier2_title_zh", "definition_zh"),
        "core.office": ("name_zh",),
        "core.region": ("short_name",),
        "core.enterprise": ("enterprise_name",),
        "core.enterprise_stage": ("product",),
        "core.chain_node": ("title_zh", "note"),
        "core.policy": ("policy_title", "issuer", "data_flag"),
        "meta.source_file": ("path", "reason"),
        "meta.rejected_row": ("reason",),
    }
    for table, columns in changed.items():
        for row in rows[table]:
            row |= dict.fromkeys(columns, HOSTILE)
    return rows
