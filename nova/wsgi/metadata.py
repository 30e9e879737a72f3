"""The metadata service for uwsgi or mod_wsgi: `nova.wsgi.metadata:application`.

Options are read as nova-metadata-api reads them (/etc/nova/nova.conf), or from
$OS_NOVA_CONFIG_DIR/nova.conf.  The service is put together by the first request,
so that importing this module does nothing.
"""

from nova.wsgi.lazy import Lazy, Wsgi
from nova.wsgi.options import of_server


def init_application() -> Wsgi:
    conf = of_server("nova-metadata")
    # Once it is known which concurrency its libraries are to find.
    from nova.cmd import frugal
    from nova.wsgi.metadata_parts import assemble

    app: Wsgi = assemble(conf)[0]
    frugal.settled()
    return app


application: Wsgi = Lazy(init_application)
