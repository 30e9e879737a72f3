"""Images of servers: pictures of their disks, kept by the image service."""

from nova.core.action import Action
from nova.core.call import Route
from nova.servers.image import create_backup, create_image

ROUTES: tuple[Route, ...] = (*create_image.ROUTES, *create_backup.ROUTES)
VARIANTS: tuple[Action, ...] = (create_image.CREATE_IMAGE, create_backup.CREATE_BACKUP)
