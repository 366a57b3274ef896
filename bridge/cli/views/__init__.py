"""What commands show: for people as text, for programs as JSON, both from the same objects.

Every module has `lines(…)` and `data(…)`: the JSON keys are the public contract.
"""
