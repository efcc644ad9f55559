"""Chinese maps and the globe: there and back within centimetres, known places within 10 m."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coordinates import gcj02, wgs84

# from the tests of eviltransform (github.com/googollee/eviltransform): WGS-84, then GCJ-02
KNOWN = (
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),  # 上海
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),  # 深圳
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),  # 北京
)


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    north = math.radians(one[0] - other[0])
    east = math.radians(one[1] - other[1]) * math.cos(math.radians(one[0]))
    return 6_371_000 * math.hypot(north, east)


@pytest.mark.parametrize(("globe", "chinese"), KNOWN)
def test_known_places(globe: tuple[float, float], chinese: tuple[float, float]) -> None:
    assert _metres(gcj02(*globe), chinese) < 1
    assert _metres(wgs84(*chinese), globe) < 1
    assert _metres(globe, chinese) > 300  # it matters


@given(st.floats(18, 53), st.floats(74, 134))
def test_there_and_back(latitude: float, longitude: float) -> None:
    assert _metres(wgs84(*gcj02(latitude, longitude)), (latitude, longitude)) < 0.1


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_nowhere_is_beyond_the_globe(latitude: float, longitude: float) -> None:
    found = wgs84(latitude, longitude)
    assert all(math.isfinite(one) for one in found)
    assert _metres(found, (latitude, longitude)) < 3_000


def test_elsewhere_the_maps_agree() -> None:
    for place in ((48.85, 2.35), (-33.9, 151.2), (0.0, 0.0), (35.68, 139.76)):
        assert wgs84(*place) == place == gcj02(*place)
