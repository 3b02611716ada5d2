"""What watches movietag from outside: the Grafana dashboard, and Prometheus's rules as Kubernetes takes them."""
