"""What the tables of the API database hang on."""

from sqlalchemy import MetaData

METADATA = MetaData()
