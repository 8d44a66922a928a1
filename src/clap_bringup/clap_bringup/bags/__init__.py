"""Records and replays rosbag2 bags (MCAP) where ``ros2 bag`` is not installed.

    from clap_bringup.bags import BagRecorder

    with BagRecorder(Path("out/run/bag")) as recorder:
        ...                                   # everything that is published is written
    print(recorder.summary.messages)

Messages are written and published as the bytes that they are, so a replay is the recording byte
for byte. Stock ``ros2 bag`` reads the result.
"""

from clap_bringup.bags.player import PlaySettings, PlaySummary, play
from clap_bringup.bags.recorder import BagRecorder, RecordingSummary

__all__ = ["BagRecorder", "PlaySettings", "PlaySummary", "RecordingSummary", "play"]
