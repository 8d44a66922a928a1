"""From views of several cameras to one cropped, voxelised cloud in the base frame."""

from clap_core.fusion.config import FusionConfig, WorkspaceBox
from clap_core.fusion.fuser import CloudFuser, Fusion

__all__ = ["CloudFuser", "Fusion", "FusionConfig", "WorkspaceBox"]
