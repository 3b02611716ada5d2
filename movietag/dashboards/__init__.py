"""Kibana dashboards over our indices: described here, written as saved objects, checked without Kibana.

``panels`` defines what a dashboard is, ``library`` and ``running`` describe ours, ``lens`` and ``objects`` write
them as Kibana's saved objects. ``saved_objects`` reads these back, ``aggregations`` turns them into the searches
that Kibana would send, ``checking`` finds mistakes in them, ``pictures`` draws them.
"""
