"""`patnav refresh` in a process of its own, with small parts and no pictures: RECORDS_OF_A_PART, then its arguments."""

from __future__ import annotations

import sys

from flows import cli
from transforms import refine
from warehouse.report import page

if __name__ == "__main__":
    page.draws_chinese = lambda: False
    refine.RECORDS_AT_ONCE = int(sys.argv[1])
    sys.argv = ["patnav", "refresh", "--quiet", *sys.argv[2:]]
    cli.main()
