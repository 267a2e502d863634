"""What every package stands on: the database, errors, permissions, registries. No views and no domain."""
