"""Prints the tide table of a day."""
import argparse
import datetime
import sys

from . import predict, station

EPOCH = datetime.datetime(2000, 1, 1)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("station", help="JSON file with harmonic constants")
    parser.add_argument("day", type=datetime.date.fromisoformat, help="for example 2024-03-02")
    parser.add_argument("--feet", action="store_true", help="heights in feet")
    options = parser.parse_args(arguments)
    try:
        name, mean_level, constituents = station.load(options.station)
    except (OSError, station.StationError) as error:
        print(f"tidewatch: {error}", file=sys.stderr)
        return 3

    midnight = datetime.datetime.combine(options.day, datetime.time())
    start = (midnight - EPOCH).total_seconds() / 3600
    print(f"{name}, {options.day:%d %B %Y}")
    for hours, height, is_high in predict.turning_points(constituents, mean_level, start, start + 24):
        moment = EPOCH + datetime.timedelta(hours=hours)
        label = "high" if is_high else "low "
        value = f"{height / 0.3048:5.1f} ft" if options.feet else f"{height:5.2f} m"
        print(f"  {moment:%H:%M}  {label}  {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
