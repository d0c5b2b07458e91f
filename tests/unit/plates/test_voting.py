"""Several frames vote on one plate."""

from edge.plates.voting import Share, Vote


def vote(*frames: dict[str, float]) -> Vote:
    made = Vote()
    for frame in frames:
        made.add([Share(plate, share) for plate, share in frame.items()])
    return made


def test_two_that_agree_settle_it() -> None:
    assert not vote({"B1": 0.95}).is_settled
    settled = vote({"AB123": 0.95}, {"AB123": 0.9, "AB128": 0.05})
    assert settled.is_settled
    assert settled.result()[0].plate == "AB123"


def test_one_bad_frame_is_outvoted() -> None:
    three = vote({"AB123": 0.9}, {"A8I2E": 0.8}, {"AB123": 0.9})
    assert [share.plate for share in three.result()] == ["AB123", "A8I2E"]
    assert round(three.result()[0].confidence, 2) == 0.6, "the mean over all frames"


def test_frames_that_contradict_each_other_settle_nothing() -> None:
    assert not vote({"AB123": 0.9}, {"AB128": 0.9}, {"AB120": 0.9}).is_settled


def test_many_unsure_frames_add_up() -> None:
    added = vote({"AB128": 0.5, "AB123": 0.4}, {"AB123": 0.6, "AB128": 0.3}, {"AB123": 0.6, "AB128": 0.3})
    assert added.result()[0].plate == "AB123"
    assert not added.is_settled


def test_a_frame_without_a_plate_says_nothing() -> None:
    silent = vote({}, {"AB123": 0.9}, {})
    assert silent.frames == 1
    assert silent.result()[0].confidence == 0.9
    assert vote().result() == []
    assert not vote({}).is_settled
