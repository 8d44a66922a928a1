"""Point cloud messages: what we send, and what others may send us."""

from __future__ import annotations

import array
import struct

import numpy as np
import pytest
from sensor_msgs.msg import PointCloud2, PointField

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_ros import clouds

CLOUD = PointCloud(
    np.array([[0.1, -0.2, 0.3], [1.0, 2.0, 3.0]], np.float32),
    np.array([[255, 128, 1], [0, 2, 250]], np.uint8),
    "base",
    3_000_000_007,
)


def test_the_layout_is_pcls() -> None:
    message = clouds.to_message(CLOUD)
    assert [(f.name, f.offset, f.datatype) for f in message.fields] == [
        ("x", 0, PointField.FLOAT32),
        ("y", 4, PointField.FLOAT32),
        ("z", 8, PointField.FLOAT32),
        ("rgb", 12, PointField.FLOAT32),
    ]
    assert (message.height, message.width, message.point_step, message.row_step) == (1, 2, 16, 32)
    assert message.header.frame_id == "base"
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (3, 7)
    first = bytes(message.data)[:16]
    assert first == struct.pack("<fff", 0.1, -0.2, 0.3) + bytes([1, 128, 255, 0])


@pytest.mark.parametrize("count", [0, 1, 2])
def test_clouds_come_back(count: int) -> None:
    sent = CLOUD.select(np.arange(count))
    got = clouds.from_message(clouds.to_message(sent))
    np.testing.assert_array_equal(got.xyz, sent.xyz)
    np.testing.assert_array_equal(got.rgb, sent.rgb)
    assert (got.frame, got.stamp_ns) == (sent.frame, sent.stamp_ns)
    assert got.xyz.dtype == np.float32


def foreign(order: str, number: str, colour: str, is_organised: bool = False) -> PointCloud2:
    """A message with fields in another order, offset and type, and with padding."""
    kinds = {"f": PointField.FLOAT32, "d": PointField.FLOAT64, "I": PointField.UINT32}
    size = struct.calcsize(number)
    offsets = {"z": 4, "x": 4 + size, "y": 4 + 2 * size, "rgba": 4 + 3 * size}
    fields = [PointField(name="intensity", offset=0, datatype=PointField.FLOAT32, count=1)]
    for name, offset in offsets.items():
        kind = kinds[colour if name == "rgba" else number]
        fields.append(PointField(name=name, offset=offset, datatype=kind, count=1))
    points = []
    for (x, y, z), (r, g, b) in zip(CLOUD.xyz.tolist(), CLOUD.rgb.tolist(), strict=True):
        numbers = struct.pack(f"{order}f3{number}", 9.0, z, x, y)
        packed = struct.pack(f"{order}I", 0xFF000000 | r << 16 | g << 8 | b)
        points.append(numbers + packed + b"\x55" * 3)
    message = PointCloud2(fields=fields, is_bigendian=order == ">", point_step=len(points[0]))
    if is_organised:
        message.height, message.width, message.row_step = 2, 1, len(points[0]) + 5
        data = b"".join(point + b"\x66" * 5 for point in points)
    else:
        message.height, message.width, message.row_step = 1, 2, 2 * len(points[0])
        data = b"".join(points)
    message.data = array.array("B", data)
    return message


@pytest.mark.parametrize("is_organised", [False, True])
@pytest.mark.parametrize("colour", ["f", "I"])
@pytest.mark.parametrize("number", ["f", "d"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_other_layouts_are_read(order: str, number: str, colour: str, is_organised: bool) -> None:
    cloud = clouds.from_message(foreign(order, number, colour, is_organised))
    np.testing.assert_array_equal(cloud.xyz, CLOUD.xyz)
    np.testing.assert_array_equal(cloud.rgb, CLOUD.rgb)


def test_points_without_colour_are_grey_and_invalid_ones_left_out() -> None:
    message = clouds.to_message(
        PointCloud(np.array([[0, 0, 0], [np.nan, 0, 0]], np.float32), np.zeros((2, 3), np.uint8))
    )
    message.fields = [field for field in message.fields if field.name != "rgb"]
    cloud = clouds.from_message(message)
    np.testing.assert_array_equal(cloud.xyz, [[0, 0, 0]])
    np.testing.assert_array_equal(cloud.rgb, [[128, 128, 128]])


def test_a_strict_reader_refuses_what_contradicts_itself() -> None:
    xyz = np.array([[0, 0, 0], [np.nan, 0, 0], [0, np.inf, 0]], np.float32)
    message = clouds.to_message(PointCloud(xyz, np.zeros((3, 3), np.uint8)))
    with pytest.raises(ClapError, match="2 of the point cloud's 3 points") as raised:
        clouds.from_message(message, is_strict=True)
    assert raised.value.code is ErrorCode.INVALID_REQUEST
    message.is_dense = False
    assert len(clouds.from_message(message, is_strict=True)) == 1


def test_unusable_messages_are_refused() -> None:
    short, flat, narrow = (clouds.to_message(CLOUD) for _ in range(3))
    short.data = short.data[:20]
    flat.fields = [field for field in flat.fields if field.name != "z"]
    narrow.point_step = 8
    for message, words in ((short, "20 bytes"), (flat, "no field 'z'"), (narrow, "point_step 8")):
        with pytest.raises(ClapError, match=words) as raised:
            clouds.from_message(message)
        assert raised.value.code is ErrorCode.INVALID_REQUEST


def test_colour_in_three_bytes_is_read() -> None:
    layout = [(axis, "<f4") for axis in "xyz"] + [(channel, "u1") for channel in "rgb"]
    points = np.array([(1, 2, 3, 255, 128, 7)], dtype=layout)
    message = PointCloud2(height=1, width=1, point_step=points.itemsize, data=points.tobytes())
    for name in points.dtype.names or ():
        kind = PointField.UINT8 if name in "rgb" else PointField.FLOAT32
        offset = points.dtype.fields[name][1]
        message.fields.append(PointField(name=name, offset=offset, datatype=kind, count=1))
    np.testing.assert_array_equal(clouds.from_message(message).rgb, [[255, 128, 7]])
