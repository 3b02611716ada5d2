"""A child process with limits, for untrusted input, and what it can still reach, in layers of the kernel.

Each layer is used where the kernel has it, and none relies on another:

* user: as ``nobody`` where root starts it, without capabilities, and never with new privileges;
* files: its own folder, what Python imports, and what it is given (Landlock);
* calls: no sockets, or TCP and UDP only; no programs, or those it is given; none of the calls by which
  one gets at other processes, or at the kernel by a side door (seccomp).

The parent prepares them here, the child (movietag.sandbox.child) puts them on before it reads anything.
"""
