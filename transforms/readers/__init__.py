"""The reading room: one file per medium, each giving every cell as text exactly as its file has it.

`table.py` says what a reading gives, `media.py` which medium a file is, `limited.py` runs the risky ones in a child that can be
ended; `transforms/tabular.py` is the door.
"""
