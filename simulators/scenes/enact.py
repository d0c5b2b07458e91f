"""A scene file and a seed in, a story out.

Belongs here: putting people, acts and emergencies on one stage. Does not belong here: any of them.
"""

from simulators.scenes import acts, emergency
from simulators.scenes.file import ScoredScene
from simulators.scenes.stage import Stage
from simulators.scenes.story import Story


def enact(scored: ScoredScene, seed: int) -> Story:
    """Return how a scene goes with one seed: the same seed gives the same story."""
    stage = Stage(scored, seed)
    acts.put_on(stage)
    emergency.put_on(stage)
    return stage.play()
