"""Kibana dashboards over our indices: described here, written as saved objects, checked without Kibana.

``panels`` says what a dashboard is, ``library`` and ``running`` describe ours, ``lens`` and ``objects``
write them as Kibana takes them. ``aggregations`` reads what was written and asks Elasticsearch what Kibana
would ask, ``checking`` says what is wrong with it, ``pictures`` draws it.
"""
