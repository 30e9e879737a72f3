"""One file per resource: read the request, call the database, build the view."""
