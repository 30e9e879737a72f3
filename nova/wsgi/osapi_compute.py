"""The compute API for uwsgi or mod_wsgi: `nova.wsgi.osapi_compute:application`.

Options are read as nova-api reads them (/etc/nova/nova.conf), or from
$OS_NOVA_CONFIG_DIR/nova.conf.  The service is put together by the first request,
so that importing this module does nothing.
"""

from nova.wsgi.lazy import Lazy, Wsgi
from nova.wsgi.options import of_server


def init_application() -> Wsgi:
    conf = of_server("nova-api")
    # Once it is known which concurrency its libraries are to find.
    from nova.cmd import frugal
    from nova.wsgi.compute import assemble, be_seen

    app: Wsgi = assemble(conf)
    be_seen(conf)
    frugal.settled()
    return app


application: Wsgi = Lazy(init_application)
