"""How long a process that is asked to stop lets what is under way go on, unless told otherwise.

It loads nothing, so that the shell's help can tell it at once.
"""

GRACE_SECONDS = 20.0  # for a request such as a song that comes in; for a segment that is drawn
