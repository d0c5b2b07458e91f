"""Every benchmark runs in its short form and gives whole figures; of their speed `make bench` alone is the judge."""

import math

import pytest

from benchmarks.__main__ import BENCHMARKS


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_gives_its_figures(name: str) -> None:
    figures = BENCHMARKS[name](True)
    assert figures
    for figure in figures:
        assert figure.id == name
        assert math.isfinite(figure.ours)
        assert figure.ours >= 0
        assert figure.beside is None or figure.beside > 0
        assert figure.what in str(figure)
    assert any(figure.beside is not None for figure in figures), "each stands beside a ceiling or a peer"
