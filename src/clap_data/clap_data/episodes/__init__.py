"""Demonstrations on disk: one file an episode, read look by look.

    from clap_data.episodes import EpisodeFolder

    for episode in EpisodeFolder(Path("out/train"), variations=["push_button+3"]):
        print(episode.record.instruction)
        for look in episode.looks(cameras=["front"]):
            print(look.views[0].rgb.shape, look.action)

``docs/episodes.md`` describes the format.
"""

from clap_data.episodes.folder import EpisodeFolder
from clap_data.episodes.look import Look
from clap_data.episodes.reader import EpisodeFile
from clap_data.episodes.records import SUFFIX, EpisodeRecord, Header, SubTaskRecord
from clap_data.episodes.writer import write_episode

__all__ = [
    "SUFFIX",
    "EpisodeFile",
    "EpisodeFolder",
    "EpisodeRecord",
    "Header",
    "Look",
    "SubTaskRecord",
    "write_episode",
]
