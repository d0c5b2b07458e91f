"""Anomalies planted in any consistent log are found, each of them, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from contract.ids import AccessPointId
from contract.site import parse_site
from sacs.replay.anomalies import Audit
from sacs.replay.holders import Holders
from sacs.replay.passage_log import RecordedPassage

SITE = parse_site("""
area = [{ id = "building" }, { id = "floor", within = "building" }]
access_point = [
  { id = "in", from = "outside", to = "building" },
  { id = "out", from = "building", to = "outside" },
  { id = "up", from = "building", to = "floor" },
  { id = "down", from = "floor", to = "building" },
]
""")
# Each visit leaves its person outside: rows, and which of them contradict what came before, in which way.
VISITS = {
    "plain": (("in", "out"), {}),
    "upstairs": (("in", "up", "down", "up", "down", "out"), {}),
    "never came": (("out",), {0: "out-without-in"}),
    "came twice": (("in", "in", "out"), {1: "in-twice"}),
    "up twice": (("in", "up", "up", "down", "out"), {2: "in-twice"}),
    "followed in": (("up", "down", "out"), {0: "inner-without-outer"}),
    "followed down": (("in", "down", "out"), {1: "out-without-in"}),
}
HOLDERS = Holders({"a1": "a", "a2": "a"}, {"a1": "a2"})


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(sorted(VISITS)), st.booleans()), max_size=12),
    st.randoms(use_true_random=False),
)
def test_planted_is_found(visits: list[tuple[str, str, bool]], chance: object) -> None:
    queues: dict[str, list[tuple[str, str | None, bool]]] = {"a": [], "b": [], "c": []}
    for person, visit, uses_old in visits:
        rows, planted = VISITS[visit]
        queues[person] += [(row, planted.get(at), uses_old) for at, row in enumerate(rows)]
    passages: list[RecordedPassage] = []
    expected, has_new = [], False
    while any(queues.values()):  # persons pass in any order among each other
        person = chance.choice([name for name, queue in queues.items() if queue])  # type: ignore[attr-defined]
        point, kind, uses_old = queues[person].pop(0)
        credential = person if person != "a" else "a1" if uses_old else "a2"
        line = len(passages) + 2
        passages.append(RecordedPassage(len(passages) * 1000, credential, AccessPointId(point), line))
        has_new |= credential == "a2"
        expected += [(line, kind)] if kind else []
        expected += [(line, "replaced-in-use")] if credential == "a1" and has_new else []
    found = Audit(SITE, HOLDERS, passages).found
    assert [(each.passage.line, each.kind.value) for each in found] == expected
