"""The API database: one per cloud."""
