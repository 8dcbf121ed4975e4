"""A class's work on the workers of a Dask cluster. Needs the extra `cluster`, and is imported only for it.

`terms` says what workers must have in common, `worker` is what runs on one of them, `parcels` what travels,
`members` who is there and has a free slot, `crew` how a unit gets through, `survey` what is asked beforehand.
"""
