"""A whole stack left alone for minutes: what does it log, and does its memory grow?

``python -m soak --minutes 15`` (``make soak``): the demo's stack, at first idle, then with all titles sent again
every minute, half of them to be refreshed. The last line is JSON; the status is 1 when a stage has logged a line of
level ERROR or CRITICAL, when its memory grew, or when work did not end.
"""
