"""Playing videos of the library: sites' own players, files of this machine, and clips cut out of these."""
