"""Writes the edge file of a gate whose files were carried to its folder.

Belongs here: that file. Does not belong here: its shape (contract/site/edge_file.py), or who carries what.
"""

import json
from pathlib import Path


def write_edge_file(
    enrolment: Path,
    site: Path,
    state: Path,
    piv: Path | None = None,
    screen_port: int | None = None,
    video_host: str | None = None,
) -> Path:
    """Write the edge file beside `enrolment`, where the gate's device file lies as well; return its path.

    `piv`: folder of the roots, intermediates and revocation lists for PIV cards, if the gate reads any. `screen_port`:
    where its officer's screen listens, if it has one. `video_host`: the address at which controllers fetch its
    video, at any port; None where they do not.
    """
    places = {
        "enrolment": enrolment.name,
        "site": site.resolve(),
        "devices": f"{enrolment.stem}.json",
        "state": state.resolve(),
    }
    if piv is not None:
        places["piv"] = piv.resolve()
    file = enrolment.with_suffix(".toml")
    lines = [f"{name} = {json.dumps(str(place))}\n" for name, place in places.items()]
    if screen_port is not None:
        lines.append(f"screen_port = {screen_port}\n")
    if video_host is not None:
        lines.append(f"[video]\nhost = {json.dumps(video_host)}\n")
    file.write_text("".join(lines))
    return file
