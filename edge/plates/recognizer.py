"""Text in pictures: RapidOCR finds the lines, and its recognition model says what each character may be.

Both models are PP-OCR's and lie in RapidOCR's wheel (Apache-2.0): nothing is fetched. The recognition model's whole
answer is used, not only its likeliest text, so that a country's forms can choose between O and 0. Belongs here: the two
models. Does not belong here: what a plate is.
"""

import unicodedata
from collections.abc import Sequence
from importlib.resources import as_file, files
from typing import Final

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-untyped]
from rapidocr import RapidOCR

from contract.plates import LOOK_ALIKE
from edge.plates.picture import Picture
from edge.plates.spelling import Character
from edge.plates.syntax import ALPHABET

Corners = npt.NDArray[np.float32]
"""Four points, from the upper left one clockwise."""
FIRST_LOOK_PIXELS: Final = 736
"""The longer side of the whole picture as the detector sees it."""
_LINE_HEIGHT: Final = 48
_NARROWEST: Final = 320
"""As the model was trained: a line that fills its picture to the right is read worse."""
_WIDEST: Final = 640
_RECOGNITION: Final = "PP-OCRv6_rec_small.onnx"
_SURE_ENOUGH: Final = 0.01
_LEAST_SEEN: Final = 0.3
_PUNCTUATION: Final = frozenset("PSZ")


class Line(msgspec.Struct, frozen=True):
    """A line of text in a picture."""

    corners: Corners
    characters: tuple[Character, ...]

    def __repr__(self) -> str:
        """Without the text."""
        return f"Line({len(self.characters)} characters)"


class Recognizer:
    """Both models on one thread, in memory: 100 MB, some 300 once large pictures were read."""

    def __init__(self) -> None:
        """Load the models; takes about a second. OpenCV is told, for the whole process, to keep to one thread too."""
        cv2.setNumThreads(1)
        self._detector: Final = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "Global.use_rec": False,
                "Det.limit_type": "max",
                "Det.limit_side_len": FIRST_LOOK_PIXELS,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        with as_file(files("rapidocr") / "models" / _RECOGNITION) as path:
            self._session: Final = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        self._input: Final = self._session.get_inputs()[0].name
        names = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._columns: Final = _columns(names)
        self._is_mark: Final = np.array([True, *(_is_mark(name) for name in names), True])

    def lines(self, picture: Picture) -> list[Corners]:
        """Return where text stands; the detector sees at most 736 pixels of the longer side."""
        boxes = getattr(self._detector(picture, use_det=True, use_cls=False, use_rec=False), "boxes", None)
        return [] if boxes is None else [np.asarray(box, np.float32) for box in boxes]

    def read(self, upright: Picture) -> tuple[Character, ...]:
        """Return the characters of one line, cut out and turned upright; marks between them are left out."""
        height, width = upright.shape[:2]
        scaled = min(_WIDEST, max(1, round(width * _LINE_HEIGHT / height)))
        line = cv2.resize(upright, (scaled, _LINE_HEIGHT), interpolation=cv2.INTER_LINEAR)
        tensor = np.zeros((1, 3, _LINE_HEIGHT, max(_NARROWEST, scaled)), np.float32)
        tensor[0, :, :, :scaled] = line.transpose(2, 0, 1) / 127.5 - 1
        steps = np.asarray(self._session.run(None, {self._input: tensor})[0])[0]
        return self._characters(steps)

    def _characters(self, steps: npt.NDArray[np.float32]) -> tuple[Character, ...]:
        """Return what each character may be, from the model's answer: steps x classes, class 0 being none (CTC)."""
        classes = steps.argmax(axis=1)
        characters = []
        begin = 0
        for i in range(1, len(classes) + 1):
            if i < len(classes) and classes[i] == classes[begin]:
                continue
            if not self._is_mark[classes[begin]]:
                seen = steps[begin:i].max(axis=0)
                shares = {c: float(seen[columns].sum()) for c, columns in self._columns.items()}
                # A sign of another script, of which no Latin letter is likely, is an emblem.
                if sum(shares.values()) >= _LEAST_SEEN:
                    characters.append({c: min(1.0, share) for c, share in shares.items() if share >= _SURE_ENOUGH})
            begin = i
        return tuple(characters)


def upright(picture: Picture, corners: Corners, grown: float = 0.0) -> Picture:
    """Cut a line out of the picture and turn it upright. `grown`: by which share of its height it is made larger."""
    if grown:
        centre = corners.mean(axis=0)
        across, down = (corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2
        height = float(np.linalg.norm(down))
        wider = across / max(1e-3, float(np.linalg.norm(across))) * height * grown
        higher = down * grown
        signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        corners = np.array([centre + x * (across + wider) + y * (down + higher) for x, y in signs], np.float32)
    width = max(2, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height_px = max(2, round(float(np.linalg.norm(corners[3] - corners[0]))))
    target = np.array([[0, 0], [width, 0], [width, height_px], [0, height_px]], np.float32)
    warp = cv2.getPerspectiveTransform(np.asarray(corners, np.float32), target)
    return cv2.warpPerspective(
        picture, warp, (width, height_px), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def _columns(names: Sequence[str]) -> dict[str, list[int]]:
    """Return for each of A-Z and 0-9 the classes of the model that are it: small letters, accents, other scripts."""
    columns: dict[str, list[int]] = {c: [] for c in ALPHABET}
    for number, name in enumerate(names, start=1):
        plain = unicodedata.normalize("NFKD", name)[:1].upper()
        plain = LOOK_ALIKE.get(plain, plain)
        if plain in columns:
            columns[plain].append(number)
    return columns


def _is_mark(name: str) -> bool:
    return all(unicodedata.category(c)[0] in _PUNCTUATION for c in name)
