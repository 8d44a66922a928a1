"""One camera's thread: open it, hand out its pictures, and do it again when it is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from clap_core.errors import ClapError, ErrorCode
from clap_realsense.driver.bus import CameraBus
from clap_realsense.driver.config import CameraConfig, DriverConfig
from clap_realsense.driver.facts import CameraFacts, warnings
from clap_realsense.driver.session import CameraSession, CapturedPicture
from clap_ros.diagnostics import Rate


@dataclass(frozen=True)
class CameraState:
    """How a camera does.

    Attributes:
        facts: of the camera, once it was found.
        fault: why it gives no pictures, None while it does or is being opened.
        warnings: what makes it work less well than it could.
    """

    facts: CameraFacts
    fault: ClapError | None = None
    warnings: tuple[str, ...] = ()


class Camera:
    """Keeps one camera running.

    Args:
        name: of the camera.
        bus: where it is.
        config: which one, and its settings.
        streams: size and rate of its pictures.
        on_open: called with each session before its first picture, on this camera's thread.
        on_picture: called with each picture, on this camera's thread.
        on_state: called with the old and the new state where it changes, on this camera's thread.

    Attributes:
        state: the present one.
        rate: of the pictures.
    """

    def __init__(
        self,
        name: str,
        bus: CameraBus,
        config: CameraConfig,
        streams: DriverConfig,
        on_open: Callable[[str, CameraSession], None],
        on_picture: Callable[[str, CapturedPicture], None],
        on_state: Callable[[str, CameraState, CameraState], None],
    ) -> None:
        self.name = name
        self.state = CameraState(CameraFacts(config.serial))
        self.rate = Rate()
        self._bus, self._streams = bus, streams
        self._wanted = config
        self._on_open, self._on_picture, self._on_state = on_open, on_picture, on_state
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"camera {name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def set_config(self, config: CameraConfig) -> None:
        """Change the settings from the next picture on."""
        self._wanted = config

    def end(self) -> None:
        """Close the camera, and wait for it."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._stream()
            except ClapError as error:
                self._change(replace(self.state, fault=error, warnings=()))
            except Exception as error:  # a defect must not end the other cameras
                fault = ClapError(
                    ErrorCode.INTERNAL,
                    f"unforeseen error: {error!r}",
                    "Please report it with the log",
                )
                self._change(replace(self.state, fault=fault, warnings=()))
            self._ended.wait(self._streams.retry_s)

    def _stream(self) -> None:
        """Open the camera and stream until the end, until another is meant, or until it is lost.

        Raises:
            ClapError: it cannot be opened, or was lost.
        """
        config = self._wanted
        session = CameraSession(self._bus, config, self._streams)
        try:
            self._on_open(self.name, session)
            while not self._ended.is_set():
                if self._wanted is not config:
                    before, config = config, self._wanted
                    if config.serial != before.serial:
                        return
                    session.apply(config)
                picture = session.next(self._streams.frame_timeout_s)
                if picture is None:
                    raise self._lost()
                self._change(CameraState(session.facts, None, tuple(warnings(session.facts))))
                self.rate.add(time.monotonic())
                self._on_picture(self.name, picture)
        finally:
            session.close()

    def _lost(self) -> ClapError:
        return ClapError(
            ErrorCode.CAMERA_STALE,
            f"no picture came for {self._streams.frame_timeout_s:g} s",
            "If it goes on so, replug it: look at cable, hub and `dmesg` for USB errors",
        )

    def _change(self, state: CameraState) -> None:
        before, self.state = self.state, state
        if _told(before) != _told(state) or before.facts != state.facts:
            self._on_state(self.name, before, state)


def _told(state: CameraState) -> tuple[str, tuple[str, ...]]:
    return (state.fault.message if state.fault else "", state.warnings)
