"""The stages: Faust apps that wire the library to Kafka, one file each."""

import sys

if sys.argv[:1] == [
    "-m"
]:  # `python -m movietag.streams.NAME`: the module itself is not imported yet
    from movietag.streams.failures.mistakes import report_mistake

    sys.excepthook = report_mistake
