"""Pinhole cameras: intrinsics, back-projection and projection."""

from clap_core.camera.intrinsics import CameraIntrinsics
from clap_core.camera.projection import back_project, project
from clap_core.camera.view import CameraView

__all__ = ["CameraIntrinsics", "CameraView", "back_project", "project"]
