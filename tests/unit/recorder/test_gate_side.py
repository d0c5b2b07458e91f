"""The gate's side of a recorder loads no video library: only the recorder's process does."""

import subprocess
import sys


def test_the_gate_loads_neither_av_nor_opencv() -> None:
    code = "import sys, edge.recorder.recorder_process; print({'av', 'cv2', 'numpy'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "set()"
