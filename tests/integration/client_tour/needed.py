"""What the tour needs of the machine."""

import os

import pytest

needed = [
    pytest.mark.skipif(
        not os.environ.get("NOVA_TEST_RABBIT_URL"), reason="needs RabbitMQ"
    ),
    pytest.mark.timeout(300),
]
