"""A child process with limits, for untrusted input, confined by several layers of the kernel.

Each layer is used if the kernel has it, and none relies on another:

* user: ``nobody`` if root starts the child, without capabilities, and never with new privileges;
* files: its own folder, what Python imports, and what it is granted (Landlock);
* calls: no sockets, or TCP and UDP only; no programs, or those granted; none of the system calls that reach
  other processes, or the kernel by other ways (seccomp).

The parent prepares the layers here; the child (movietag.sandbox.child) applies them before it reads any input.
"""
