"""Scenes for pre-training on disk: still scenes seen by several RGB-D cameras, many a file.

    from clap_data.scenes import SceneShard

    with SceneShard(Path("out/scenes/train-000000.scenes")) as shard:
        for packed in shard:
            sample = packed.unpack()
            print(sample.record.caption, len(sample.views))

``docs/scenes.md`` describes the format.
"""

from clap_data.scenes.reader import SceneShard, shard_paths
from clap_data.scenes.records import SUFFIX, HandRecord, LabelRecord, SceneRecord, SceneViewRecord
from clap_data.scenes.sample import PackedScene, SceneSample, pack
from clap_data.scenes.writer import write_shard

__all__ = [
    "SUFFIX",
    "HandRecord",
    "LabelRecord",
    "PackedScene",
    "SceneRecord",
    "SceneSample",
    "SceneShard",
    "SceneViewRecord",
    "pack",
    "shard_paths",
    "write_shard",
]
