"""A key service that is a directory: a file for each certificate or secret, named by its id.

[key_manager]backend names it by its path, as it names any class of an operator's own.
"""

import uuid
from pathlib import Path
from typing import Any

from castellan.common.exception import KeyManagerError, ManagedObjectNotFoundError
from castellan.common.objects.opaque_data import OpaqueData
from castellan.common.objects.passphrase import Passphrase
from castellan.common.objects.x_509 import X509
from castellan.key_manager.not_implemented_key_manager import NotImplementedKeyManager

KINDS = {".der": X509, ".data": OpaqueData, ".word": Passphrase}


class KeyFiles(NotImplementedKeyManager):
    directory: Path
    askers: list[Any]

    def get(self, context: Any, managed_object_id: str, **more: Any) -> Any:
        type(self).askers.append(context)
        if not self.directory.exists():
            raise KeyManagerError(reason="there is no directory")
        for suffix, kind in KINDS.items():
            path = self.directory / f"{managed_object_id}{suffix}"
            if path.exists():
                return kind(path.read_bytes())
        raise ManagedObjectNotFoundError(uuid=managed_object_id)

    def store(self, context: Any, managed_object: Any, **more: Any) -> str:
        secret_id = str(uuid.uuid4())
        path = self.directory / f"{secret_id}.word"
        path.write_bytes(managed_object.get_encoded())
        return secret_id

    def delete(self, context: Any, managed_object_id: str, **more: Any) -> None:
        path = self.directory / f"{managed_object_id}.word"
        if not path.exists():
            raise ManagedObjectNotFoundError(uuid=managed_object_id)
        path.unlink()
