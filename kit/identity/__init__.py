"""Who acts: users, their passwords, sessions and tokens. The subject of a user is an opaque id."""
