"""Tide heights from harmonic constants."""
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Constituent:
    name: str
    speed: float      # degrees per hour
    amplitude: float  # metres
    phase: float      # degrees


def height(constituents, mean_level, hours):
    """Height in metres above the datum, `hours` after the epoch of the phases."""
    total = mean_level
    for constituent in constituents:
        angle = math.radians(constituent.speed * hours - constituent.phase)
        total += constituent.amplitude * math.cos(angle)
    return total


def slope(constituents, hours):
    """Metres per hour; positive while the water rises."""
    total = 0.0
    for constituent in constituents:
        speed = math.radians(constituent.speed)
        angle = speed * hours - math.radians(constituent.phase)
        total -= constituent.amplitude * speed * math.sin(angle)
    return total


def turning_points(constituents, mean_level, start, end, step=1 / 6):
    """Yields (hours, height, is_high) for each high and low water between two times."""
    left, left_slope = start, slope(constituents, start)
    while left < end:
        right = min(left + step, end)
        right_slope = slope(constituents, right)
        if left_slope == 0 or left_slope * right_slope < 0:
            moment = bisect(lambda t: slope(constituents, t), left, right)
            yield moment, height(constituents, mean_level, moment), left_slope > 0
        left, left_slope = right, right_slope


def bisect(function, low, high, tolerance=1e-6):
    sign = function(low) > 0
    while high - low > tolerance:
        middle = (low + high) / 2
        if (function(middle) > 0) == sign:
            low = middle
        else:
            high = middle
    return (low + high) / 2
