"""The alerts on a real Prometheus: does each fire when its cause is brought about, and end when that is gone?

``python -m alerts`` (``make alerts``): Debian's Prometheus scrapes the stages of an embedded stack by the rules of
dashboards/prometheus, whose waiting times are shortened (``alerts.hurried``). Events are refused, videos fail, a stage
is stopped, and each server in turn. Each query of the dashboard is asked, too. The last line is JSON; the status is 1
when an alert did not fire, fired without its cause, or did not end.
"""
