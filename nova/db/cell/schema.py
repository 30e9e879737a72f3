"""What the tables of a cell's database hang on."""

from sqlalchemy import MetaData

METADATA = MetaData()
