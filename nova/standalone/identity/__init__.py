"""An embedded Keystone v3: accounts, roles, catalogue and tokens on SQLite."""
