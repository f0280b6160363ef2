"""Reads station files: JSON with a name, a mean level and a list of constituents."""
import json

from .predict import Constituent


class StationError(ValueError):
    """The file is not a station; the message says what is wrong and where."""


def load(path):
    with open(path, encoding="utf-8") as stream:
        try:
            raw = json.load(stream)
        except json.JSONDecodeError as error:
            raise StationError(f"{path}:{error.lineno}: {error.msg}") from error
    for key in ("name", "mean_level", "constituents"):
        if key not in raw:
            raise StationError(f"{path}: '{key}' is missing")
    return raw["name"], float(raw["mean_level"]), [parse(path, item) for item in raw["constituents"]]


def parse(path, item):
    try:
        return Constituent(item["name"], float(item["speed"]), float(item["amplitude"]), float(item["phase"]) % 360)
    except (KeyError, TypeError, ValueError) as error:
        raise StationError(f"{path}: a constituent is not complete: {item!r}") from error


def strongest(constituents, count=4):
    """The constituents that matter most, largest first; equal ones stay in file order."""
    return sorted(constituents, key=lambda constituent: -constituent.amplitude)[:count]
