"""The calibration board: a chessboard whose white squares carry markers (ChArUco)."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from clap_core.errors import ClapError, ErrorCode

Rectangles = NDArray[np.float64]

BORDER_CELLS = 2
"""Black cells around a marker's bits, both sides together."""


class Board(BaseModel):
    """A ChArUco board as it was printed.

    Its frame has the origin at the outer corner of the first square, x along the rows, y down the
    columns and z into the board, away from who looks at it.

    Attributes:
        squares_x, squares_y: squares in a row and in a column.
        square_m, marker_m: their edges, metres.
        dictionary: of the markers, by OpenCV's name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    squares_x: int = Field(7, ge=3, le=30)
    squares_y: int = Field(5, ge=3, le=30)
    square_m: float = Field(0.035, ge=0.005, le=0.5)
    marker_m: float = Field(0.026, ge=0.003, le=0.5)
    dictionary: str = "DICT_4X4_50"

    @model_validator(mode="after")
    def _is_printable(self) -> Board:
        if not self.marker_m < self.square_m:
            raise ValueError(
                f"marker_m ({self.marker_m}) must be below square_m ({self.square_m}), in metres"
            )
        number = getattr(cv2.aruco, self.dictionary, None)
        if not self.dictionary.startswith("DICT_") or not isinstance(number, int):
            raise ValueError(f"there is no dictionary '{self.dictionary}'; DICT_4X4_50 is one")
        needed = self.squares_x * self.squares_y // 2
        has = len(cv2.aruco.getPredefinedDictionary(number).bytesList)
        if needed > has:
            raise ValueError(f"it needs {needed} markers, and {self.dictionary} has {has}")
        return self

    @cached_property
    def pattern(self) -> Any:
        """The same board for OpenCV."""
        markers = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, self.dictionary))
        return cv2.aruco.CharucoBoard(
            (self.squares_x, self.squares_y), self.square_m, self.marker_m, markers
        )

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height of all squares together, metres."""
        return self.squares_x * self.square_m, self.squares_y * self.square_m

    @cached_property
    def corners(self) -> NDArray[np.float64]:
        """[N, 3] inner corners in the board's frame, metres; the row is the corner's id."""
        return np.asarray(self.pattern.getChessboardCorners(), dtype=np.float64)

    @property
    def outline(self) -> NDArray[np.float64]:
        """[4, 3] outer corners in the board's frame, metres."""
        width, height = self.size_m
        return np.array([[0, 0, 0], [width, 0, 0], [width, height, 0], [0, height, 0]], float)

    @property
    def centre(self) -> NDArray[np.float64]:
        """[3] in the board's frame, metres."""
        return self.outline.mean(axis=0)

    def black(self) -> Rectangles:
        """[N, 4] what is black: left, top, right, bottom in the board's frame, metres."""
        edge = self.square_m
        squares = [
            (x * edge, y * edge, (x + 1) * edge, (y + 1) * edge)
            for y in range(self.squares_y)
            for x in range(self.squares_x)
            if (x + y) % 2 == 0
        ]
        markers = zip(self.pattern.getIds().ravel(), self.pattern.getObjPoints(), strict=True)
        cells = [cell for number, place in markers for cell in self._marker(int(number), place[0])]
        return np.array([*squares, *cells])

    def _marker(self, number: int, corner: NDArray[np.float64]) -> list[tuple[float, ...]]:
        """The black runs of a marker's rows."""
        dictionary = self.pattern.getDictionary()
        count = dictionary.markerSize + BORDER_CELLS
        bits = dictionary.generateImageMarker(number, count) == 0
        cell = self.marker_m / count
        runs: list[tuple[float, ...]] = []
        for row in range(count):
            changes = np.flatnonzero(np.diff(np.concatenate([[0], bits[row].astype(int), [0]])))
            for begin, end in changes.reshape(-1, 2):
                left, top = corner[0] + begin * cell, corner[1] + row * cell
                runs.append((left, top, corner[0] + end * cell, top + cell))
        return runs


def read_board(path: Path | None) -> Board:
    """The board in a YAML file with the keys of `Board`; the usual one without a file.

    Raises:
        ClapError: INVALID_REQUEST; it names file and key.
    """
    if path is None:
        return Board()
    try:
        document = yaml.safe_load(path.read_text())
        return Board.model_validate(document if document is not None else {})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _wrong(path, f"it cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the board"
        raise _wrong(path, f"{key}: {first['msg']}") from error


def _wrong(path: Path, what: str) -> ClapError:
    return ClapError(
        ErrorCode.INVALID_REQUEST,
        f"{path}: {what}",
        "Write squares_x: 7, squares_y: 5, square_m: 0.035, marker_m: 0.026 and "
        "dictionary: DICT_4X4_50, as the board was printed",
    )
