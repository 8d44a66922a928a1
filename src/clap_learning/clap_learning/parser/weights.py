"""Folders of the parser's network, to train it on."""

from __future__ import annotations

from clap_learning.network_folder import NetworkFolder
from clap_learning.parser.config import STORED_PARSER
from clap_learning.parser.network import PointerParser

PARSER_FOLDER = NetworkFolder(STORED_PARSER, lambda config: PointerParser(config.network))
