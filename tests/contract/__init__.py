"""What every stage must hold, as one suite of tests over all of them.

A stage consumes a topic, does work that depends on something else (its *downstream*: Kafka, Triton,
Elasticsearch), and makes *what must follow* known. Whatever it does, it must hold this:

1. killed: after kill -9 with work in flight, twice, everything comes out exactly; so also where the
   stage was killed between a decision that it wrote down and the sends that follow from it.
2. repeated: its input a second time, also after it was done, changes nothing.
3. reordered: the outcome is the same in whichever order its input comes.
4. poison: a message that can never succeed becomes a dead letter with its original bytes and a
   reason; what lies around it comes out; the process goes on.
5. slow downstream: while nothing goes on there, nothing is acknowledged and the work in flight is
   bounded; afterwards everything comes out.
6. revoked: when workers join, leave and are killed with work in flight, everything comes out.
7. held up: while one input waits downstream, nothing behind it is committed past it, whatever of it
   is done.
8. stopped: on SIGTERM what is in flight is drained and committed, the status is 0, and none of it is
   done again; where the downstream hangs, the process ends within its bound all the same, and what
   has not drained stays unacknowledged.

"Exactly" means: the set of identities with their contents is the expected one, nothing is missing and
nothing else is there. That an identity comes more than once is allowed, since whoever reads it knows
it; what differs between two copies is not.

A new stage holds all of it when it has a ``Case`` (contract/case.py) in ``contract/field.py``: what goes
in, what must follow, one message of poison, and a gate that shuts its downstream. The tests themselves
(test_contract.py) know no stage. All stages run at once, as processes, on real servers, so that their
waits overlap; each test does its steps with every stage at the same time and names the cases that
failed.

The work in flight can be counted from outside only where someone can be asked: the children of fetch,
the requests that wait at Triton (plan, caption) and at Elasticsearch (index). A single input can be made to
wait at caption only; all stages have the same window (streams/runtime/window.py). The cases of titles and
facts have no such number; there tests/streams/runtime/test_window.py holds the bound.
"""
