"""A list of thousands of titles, worked off while people pause, cancel and add: what goes first, and when is it done?

``python -m long_list --titles 17472`` (``make catalogue``): a stack of its own and a site that fails as sites do, one
video in 0.05 s. While the list waits, a person adds a title, fetching is paused and resumed, the last tenth of the list
is cancelled, and the day's budget of videos ends; then the list is worked off, and the estimates that were told on the
way are compared with the end that came; then the same list is sent again. The last line is JSON; the status is 1 when
one of these was not as docs/queue.md promises.
"""
