"""The only place that knows MMF's releases and the versions of its libraries."""
