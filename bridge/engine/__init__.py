"""One pass, in the order of its files: sync, ingest, assess, plan, outbox, bookkeeping."""
