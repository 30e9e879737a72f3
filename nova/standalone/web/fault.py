"""What a handler raises when the answer is not the wished one."""


class Fault(Exception):
    """An HTTP error to be rendered in the words of the service.

    `kind` is the service's own error name (Neutron puts it into the body).
    """

    def __init__(self, status: int, message: str, kind: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.headers = headers


def bad_request(message: str, kind: str = "") -> Fault:
    return Fault(400, message, kind)


def forbidden(message: str, kind: str = "") -> Fault:
    return Fault(403, message, kind)


def not_found(message: str, kind: str = "") -> Fault:
    return Fault(404, message, kind)


def conflict(message: str, kind: str = "") -> Fault:
    return Fault(409, message, kind)
