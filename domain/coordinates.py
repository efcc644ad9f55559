"""Places on Chinese maps (GCJ-02) and on the globe (WGS-84).

GCJ-02 shifts every point in China by up to some 700 m. Its formula was never published; this is
the one that everybody uses, from "eviltransform" (https://github.com/googollee/eviltransform) and
Wikipedia, "Restrictions on geographic data in China". It is turned back by approaching the answer.
"""

from __future__ import annotations

import math

_AXIS = 6378245.0  # m, of Krasovsky's ellipsoid of 1940
_ECCENTRICITY = 0.00669342162296594323  # squared
_ROUNDS = 6  # each leaves about a thousandth of the error
_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347  # where maps are shifted

Place = tuple[float, float]  # latitude and longitude in degrees


def wgs84(latitude: float, longitude: float) -> Place:
    """The place on the globe of one on a Chinese map; outside China they are the same."""
    found = latitude, longitude
    if not _is_shifted(*found):
        return found
    for _ in range(_ROUNDS):
        there = gcj02(*found)
        found = found[0] + latitude - there[0], found[1] + longitude - there[1]
    return found


def gcj02(latitude: float, longitude: float) -> Place:
    """The place on a Chinese map of one on the globe."""
    if not _is_shifted(latitude, longitude):
        return latitude, longitude
    x, y = longitude - 105.0, latitude - 35.0
    radians = math.radians(latitude)
    curve = 1 - _ECCENTRICITY * math.sin(radians) ** 2
    north = math.degrees(_north(x, y) * curve**1.5 / (_AXIS * (1 - _ECCENTRICITY)))
    east = math.degrees(_east(x, y) * math.sqrt(curve) / (_AXIS * math.cos(radians)))
    return latitude + north, longitude + east


def _is_shifted(latitude: float, longitude: float) -> bool:
    return _SOUTH <= latitude <= _NORTH and _WEST <= longitude <= _EAST


def _north(x: float, y: float) -> float:
    """How far north a point is moved, in metres."""
    made = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    return made + _waves(x) + _sines(y, (20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))


def _east(x: float, y: float) -> float:
    """How far east, in metres."""
    made = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    return made + _waves(x) + _sines(x, (20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))


def _waves(x: float) -> float:
    return (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3


def _sines(value: float, *parts: tuple[float, float]) -> float:
    return sum(size * math.sin(value * often * math.pi) for size, often in parts) * 2 / 3
