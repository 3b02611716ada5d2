"""k8s/ before a real API server, with the operators' own kinds: ``make manifests``."""
