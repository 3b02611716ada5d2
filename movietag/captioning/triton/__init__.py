"""Triton: the captioner that asks it, the door to it, and how the versions of its models lie on disk.

Beside this package only ``movietag.local`` (which runs a Triton), the commands of Triton's container
(``captioning.alive``, ``captioning.server``) and the model that runs inside it know of Triton.
"""

import os

os.environ.setdefault(
    "GRPC_VERBOSITY", "ERROR"
)  # before gRPC: else a line for each child that is started
