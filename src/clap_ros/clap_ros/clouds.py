"""Coloured point clouds to PointCloud2 messages and back."""

from __future__ import annotations

import array

import numpy as np
from numpy.typing import NDArray
from rclpy.time import Time
from sensor_msgs.msg import PointCloud2, PointField

from clap_core.errors import ClapError, ErrorCode
from clap_core.point_cloud import PointCloud
from clap_ros.stamps import stamp_ns

WIRE = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("rgb", "<u4")])
"""A point as it is sent: PCL's convention packs 0x00RRGGBB into the bits of a float32."""

_FIELDS = [
    PointField(name=name, offset=4 * place, datatype=PointField.FLOAT32, count=1)
    for place, name in enumerate(WIRE.names or ())
]

_NUMBERS = {PointField.FLOAT32: "f4", PointField.FLOAT64: "f8"}

_COLOURS = {PointField.FLOAT32: "u4", PointField.UINT32: "u4", PointField.INT32: "u4"}
"""Colour is in the bits, whatever number the field claims to be."""

NO_COLOUR = (128, 128, 128)
"""Of points that come without colour."""


def to_message(cloud: PointCloud) -> PointCloud2:
    """An unorganised PointCloud2 with x, y, z and rgb.

    Args:
        cloud: any number of points.
    """
    points = np.empty(len(cloud), WIRE)
    points["x"], points["y"], points["z"] = cloud.xyz.T
    red, green, blue = cloud.rgb.astype(np.uint32).T
    points["rgb"] = red << 16 | green << 8 | blue
    message = PointCloud2()
    message.header.frame_id = cloud.frame
    message.header.stamp = Time(nanoseconds=cloud.stamp_ns).to_msg()
    message.height, message.width = 1, len(cloud)
    message.fields = list(_FIELDS)
    message.is_bigendian = False
    message.point_step = WIRE.itemsize
    message.row_step = WIRE.itemsize * len(cloud)
    message.is_dense = True
    # rclpy checks each element of anything but an array.array.
    data = array.array("B")
    data.frombytes(points.tobytes())
    message.data = data
    return message


def from_message(message: PointCloud2, is_strict: bool = False) -> PointCloud:
    """The points of a message that has at least x, y and z.

    Any order, offset and padding of fields, float32 or float64 positions, either byte order,
    organised clouds; colour from ``rgb`` or ``rgba``, or from ``r``, ``g``, ``b`` as bytes, grey
    without. Points that are not finite are left out.

    Args:
        message: to read.
        is_strict: whether to refuse points that are not finite in a message that says, by
            ``is_dense``, that it has none.

    Raises:
        ClapError: INVALID_REQUEST when x, y or z is missing, data is too short, or the message
            contradicts itself.
    """
    points = _structured(message)
    xyz = np.stack([points[axis] for axis in "xyz"], axis=-1).astype(np.float32)
    rgb = np.empty(xyz.shape, np.uint8)
    if "rgb" in (points.dtype.names or ()):
        packed = points["rgb"]
        for channel, shift in enumerate((16, 8, 0)):
            rgb[:, channel] = packed >> shift & 0xFF
    elif "r" in (points.dtype.names or ()):
        for channel, name in enumerate("rgb"):
            rgb[:, channel] = points[name]
    else:
        rgb[...] = NO_COLOUR
    cloud = PointCloud(xyz, rgb, message.header.frame_id, stamp_ns(message.header.stamp))
    finite = np.asarray(np.isfinite(xyz).all(axis=1))
    if finite.all():
        return cloud
    if is_strict and message.is_dense:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"{np.count_nonzero(~finite)} of the point cloud's {len(cloud)} points are not finite, "
            "though it says that it is_dense",
            "Look what damages the cloud; if such points only mean that nothing was measured, "
            "publish is_dense = false, and they are left out",
        )
    return cloud.select(finite)


def _structured(message: PointCloud2) -> NDArray[np.void]:
    """[N] points with fields x, y, z and, if there is colour, rgb or r, g and b."""
    order = ">" if message.is_bigendian else "<"
    fields = {field.name: field for field in message.fields}
    names, formats, offsets = [], [], []
    for axis in "xyz":
        field = fields.get(axis)
        if field is None or field.datatype not in _NUMBERS:
            raise _invalid(f"has no field '{axis}' of float32 or float64, only {sorted(fields)}")
        names.append(axis)
        formats.append(order + _NUMBERS[field.datatype])
        offsets.append(field.offset)
    colour = fields.get("rgb") or fields.get("rgba")
    if colour is not None and colour.datatype in _COLOURS:
        names.append("rgb")
        formats.append(order + _COLOURS[colour.datatype])
        offsets.append(colour.offset)
    elif all(name in fields and fields[name].datatype == PointField.UINT8 for name in "rgb"):
        for name in "rgb":
            names.append(name)
            formats.append("u1")
            offsets.append(fields[name].offset)
    try:
        dtype = np.dtype(
            {
                "names": names,
                "formats": formats,
                "offsets": offsets,
                "itemsize": message.point_step,
            }
        )
    except ValueError as error:
        raise _invalid(f"has fields beyond its point_step {message.point_step}") from error
    row_bytes = message.width * message.point_step
    row_step = max(message.row_step, row_bytes)
    if message.width * message.height == 0:
        return np.empty(0, dtype)
    needed = row_step * (message.height - 1) + row_bytes
    if len(message.data) < needed:
        raise _invalid(f"has {len(message.data)} bytes of data where {needed} are announced")
    rows = np.ndarray(
        (message.height, message.width),
        dtype,
        message.data,
        strides=(row_step, message.point_step),
    )
    return rows.reshape(-1)


def _invalid(what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"the point cloud {what}",
        "Publish PointCloud2 with float32 x, y, z and optionally rgb, as the cloud_fusion node "
        "does",
    )
