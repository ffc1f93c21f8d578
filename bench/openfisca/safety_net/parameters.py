"""Standards and limits from the packages below policies/: they are data, not rules.

OpenFisca knows when a value holds, but neither for which place nor since when it has been known. So the rows
of one place that were decided by one day are chosen here, and OpenFisca gets their history.
"""

import csv
import datetime
import tomllib
from decimal import Decimal

from openfisca_core.parameters import ParameterNode

from .exact import BASIS_POINTS

DAY = datetime.timedelta(days=1)


def _number(text, kind):
    """Whole fen, whole basis points, a count, or whether something holds."""
    text = str(text).strip().removesuffix("元")
    if kind == "bool":
        return {"true": True, "false": False, "是": True, "否": False}[text.lower()]
    if kind == "int":
        return int(text)
    scaled = Decimal(text.removesuffix("%")) * (BASIS_POINTS // 100 if kind == "rate" else 100)
    if scaled != int(scaled):
        raise ValueError(f"{text} is finer than {'a basis point' if kind == 'rate' else 'a fen'}")
    return int(scaled)


def _row(parameter, division, cells):
    since = datetime.date.fromisoformat(cells["from"])
    until = datetime.date.fromisoformat(cells["to"]) if cells.get("to") else datetime.date.max
    known = datetime.date.fromisoformat(cells["enacted"]) if cells.get("enacted") else since
    key = tuple(cells[name] for name in parameter.get("keys", []))
    return {
        "division": division,
        "key": key,
        "from": since,
        "to": until,
        "enacted": known,
        "value": _number(cells["value"], parameter["type"]),
    }


def _declared(folders):
    for path in sorted(path for folder in folders for path in folder.glob("cn/*/parameters/*.toml")):
        for parameter in tomllib.loads(path.read_text(encoding="utf-8")).get("parameter", []):
            yield parameter


def _rows(folders, parameter):
    for cells in parameter.get("rows", []):
        yield _row(parameter, "", cells)
    name = f"**/parameters/{parameter['id']}.csv"
    for path in sorted(path for folder in folders for path in folder.glob(name)):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for cells in csv.DictReader(lines):
                yield _row(parameter, cells["division"], cells)


def _history(rows):
    """The value from each day on at which it may change: the nearest place first, then the newest row."""
    history = {}
    ends = {row["to"] + DAY for row in rows if row["to"] < datetime.date.max}
    for day in sorted({row["from"] for row in rows} | ends):
        holding = [row for row in rows if row["from"] <= day <= row["to"]]
        best = max(holding, key=lambda row: (len(row["division"]), row["from"], row["enacted"]), default=None)
        history[day.isoformat()] = {"value": best["value"] if best else None}
    return {"values": history}


def read(folders, division, as_of):
    """The parameters of a place as they were known on a day."""
    known = {}
    for parameter in _declared(folders):
        rows = [
            row
            for row in _rows(folders, parameter)
            if division.startswith(row["division"]) and row["enacted"] <= as_of
        ]
        keys = sorted({row["key"] for row in rows})
        if keys == [()]:
            known[parameter["id"]] = _history(rows)
            continue
        for (key,) in keys:
            of_key = [row for row in rows if row["key"] == (key,)]
            known.setdefault(parameter["id"], {})[key] = _history(of_key)
    return ParameterNode("", data=known)
