"""Scored scenes: what happens on a site, seeded, with its ground truth and what its gates would have journaled.

file.py is the shape of a scene file, mishaps.py what can go wrong in it; enact.py makes a story of one: stage.py, with
acts.py and emergency.py on it; links.py tells what
reaches whom when, allowed.py how far apart the bounds may lie; story.py is what comes out, in words of its own. The
scenes are the TOML files beside these modules; the sites on which they play lie in `sites/`.

Belongs here: the world and what it leaves behind. Does not belong here: any class of the system (`sacs score` plays a
story into the real one), or a judgement.
"""
