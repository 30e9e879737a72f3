"""What the scheduler decided."""

from nova.resources.additions import ROUTES as DOCUMENT
from nova.resources.scheduling.decisions import ROUTES

routes = (*DOCUMENT, *ROUTES)
