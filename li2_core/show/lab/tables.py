"""The groups of the lab, as its page reads them: this file, run, writes them.

The page makes clocks by itself. Of the other groups it gets the tables and the characters of the
real irreps, in the library's numbering of elements and irreps.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from li2_core.groups import FiniteGroup
from li2_core.groups.families import named_group

LARGEST_CLOCK = 97
#: The groups that are no clocks, by the names that `named_group` understands.
NAMES = (
    "S_3", "S_4", "A_4", "A_5", "Q_8", "Dic_3", *(f"D_{n}" for n in range(3, 16)), "Z_7:Z_3",
    "Z_2 x Z_2", "Z_2 x Z_4", "Z_3 x Z_3", "Z_4 x Z_4", "Z_5 x Z_5", "Z_2 x Z_2 x Z_2",
    "Z_2 x Z_2 x Z_2 x Z_2", "S_3 x Z_5", "D_3 x Z_3",
)  # fmt: skip
PATH = Path(__file__).parent / "sources" / "groups.json"


def described(group: FiniteGroup) -> dict[str, Any]:
    """The order, the products row by row, and all real irreps but the trivial one.

    >>> described(named_group("Z_2"))["parts"]
    [{'name': 'frequency 1', 'dimension': 1, 'c': 1, 'character': [1.0, -1.0]}]
    """
    parts = [
        {
            "name": irrep.name,
            "dimension": irrep.D,
            "c": irrep.c,
            "character": [round(float(m.trace()), 12) + 0.0 for m in irrep.matrices],
        }
        for irrep in group.irreps()[1:]
    ]
    return {"order": group.order, "table": group.table.flatten().tolist(), "parts": parts}


def written() -> str:
    """What groups.json holds: a line a group."""
    found = {name: described(named_group(name)) for name in NAMES}
    lines = [f'"{name}":{json.dumps(one, separators=(",", ":"))}' for name, one in found.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
