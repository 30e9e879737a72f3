"""An embedded Glance v2: images as rows in SQLite and files in a directory."""
