"""`sacs score`: figures as JSON, a picture, and an exit status that tells."""

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from sacs.main import app
from sacs.score import scored

RUN = ("score", "areas-in-areas", "--seeds", "1", "--jobs", "1")


def test_a_scene_that_holds_ends_with_status_0(tmp_path: Path) -> None:
    picture = tmp_path / "score.svg"
    done = CliRunner().invoke(app, [*RUN, "--json", "--plot", str(picture)])
    assert done.exit_code == 0, done.output
    report = msgspec.json.decode(done.stdout)
    (scene,) = report["scenes"]
    assert (report["seeds"], scene["scene"], scene["within"], scene["missed"]) == (1, "areas-in-areas", 1, [])
    drawn = ET.fromstring(picture.read_text())  # noqa: S314  our own
    assert {each.tag.partition("}")[2] for each in drawn} >= {"polygon", "polyline", "circle", "text"}


def test_a_scene_that_misses_ends_with_status_1_and_says_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scored, "allowed_width", lambda _: -1)
    done = CliRunner().invoke(app, RUN)
    assert done.exit_code == 1
    assert "areas-in-areas: the bounds lie 0 apart, and may -1" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(("no-such",), "no scene 'no-such'; there are: areas-in-areas"), (("--plot", "score.png"), "score.png")],
)
def test_what_can_not_be_played_is_refused_in_words(arguments: tuple[str, ...], says: str) -> None:
    done = CliRunner().invoke(app, ["score", *arguments])
    assert done.exit_code not in {0, None}
    assert says in done.output
