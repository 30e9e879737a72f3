"""The database adapter of the store contract: SQLAlchemy Core, no ORM.

`engine` holds connections and transactions, `api/` and `cell/` one file per
aggregate (its tables beside its queries), `stores` puts them together and
`host` is what a compute host may ask, straight at the database.
"""
