"""The chaos harness: a whole stack under faults, and afterwards every frame accounted for.

``python -m chaos --seed 1 --minutes 20`` with ``tests`` on the path (``make chaos``). Movies of a
generator whose every frame says what it is enter as titles, again and again; some are forgotten, some
added again later, some searches fail. Meanwhile processes are killed, paused, added and removed,
connections cut, servers made to refuse, messages repeated, the disk filled. After the faults the stack
drains, and the ledger, the documents topic and Elasticsearch are each compared with the generator, slot
by slot; and nothing may be left of what was forgotten last, the kept frames included.

With ``--upgrade`` (``make upgrade``) the stages are also exchanged, process by process, for those of a newer
movietag (chaos.newer) and back again (chaos.upgrade).
"""
