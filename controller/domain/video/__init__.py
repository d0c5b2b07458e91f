"""Rules of looking at recordings: what a viewing is, and how fragments of video are cut and put in time. No I/O."""
