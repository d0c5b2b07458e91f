"""What a gate's process does not carry along (P10: 60 MB)."""

import subprocess
import sys

HEAVY = ("typer", "fastapi", "numpy", "cv2", "av", "sqlalchemy", "httpx", "jinja2", "osdp", "edge.recorder")


def test_a_gate_without_a_camera_imports_nothing_heavy() -> None:
    code = f"import edge.main, sys; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
