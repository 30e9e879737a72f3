"""One call to a service: credentials, retries, time limits."""

import json
import socket
import threading

import pytest
from oslo_config import cfg

from nova import conf as nova_conf
from nova.clients.errors import TokenRejected
from nova.clients.http import Call, ServiceHttp, reason
from nova.clients.login import load_login, pooled_transport
from nova.clients.network.contract import NetworkUnavailable
from nova.clients.patience import Patience
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.errors import Unavailable
from nova.standalone.web.in_process import session_for
from nova.standalone.web.serving import listen
from tests.contracts.clients_endpoints import Cloud, Observed
from tests.unit.clients.manual import ManualClock, answer, broken, once, weathered

CONTEXT = RequestContext(request_id="req-1")
GET, POST = Call("GET", "/things/{id}", {"id": "a b"}), Call("POST", "/things", body={"x": 1})


class Service:
    """A WSGI app that gives prepared answers in turn, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, environ, start_response):
        self.requests.append(environ)
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(status, b'{"error": {"message": "told so"}}')(environ, start_response)


def configured(url):
    conf = nova_conf.new_config()
    conf.set_override("endpoint_override", url, group="neutron")
    return conf


def http_to(app, clock=None, observer=None, **options):
    conf = configured("http://net.test")
    for name, value in options.items():
        conf.set_override(name, value, group="neutron")
    transport, weather = weathered(session_for({"http://net.test": app}))
    http = ServiceHttp(
        "network",
        load_login(conf, "neutron", "/v2.0", transport=lambda: transport),
        clock or ManualClock(),
        unavailable=NetworkUnavailable,
        **({"observer": observer} if observer else {}),
        **({"patience": Patience.of(conf.neutron)} if options else {}),
    )
    return http, weather[0]


def test_what_is_sent():
    app = Service(200)
    http, _ = http_to(app)
    http.send(CONTEXT, GET)
    http.send(RequestContext(global_request_id="req-g", auth_token="tok"), POST, as_user=True)
    first, second = app.requests
    assert first["PATH_INFO"] == "/v2.0/things/a b"
    assert first["HTTP_X_OPENSTACK_REQUEST_ID"] == "req-1"
    assert "HTTP_X_AUTH_TOKEN" not in first
    assert second["HTTP_X_OPENSTACK_REQUEST_ID"] == "req-g"
    assert second["HTTP_X_AUTH_TOKEN"] == "tok"
    assert second["CONTENT_TYPE"] == "application/json"


def test_a_users_token_is_not_used_unasked():
    app = Service(200)
    http_to(app)[0].send(RequestContext(auth_token="tok"), GET)
    assert "HTTP_X_AUTH_TOKEN" not in app.requests[0]


def test_reads_are_repeated_with_growing_pauses():
    clock = ManualClock()
    app = Service(503, 502, 200)
    assert http_to(app, clock)[0].send(CONTEXT, GET).status == 200
    assert clock.slept == [0.1, 0.2]


@pytest.mark.parametrize(
    ("options", "call", "calls", "slept"),
    [
        ({"status_code_retries": 0}, GET, 1, []),
        ({"status_code_retries": 2, "status_code_retry_delay": 0.5}, GET, 3, [0.5, 0.5]),
        ({"status_code_retries": 1}, POST, 2, [0.1]),
        ({"connect_retries": 1}, GET, 2, [0.1]),
        ({"retriable_status_codes": ["502"]}, GET, 1, []),
        ({"retriable_status_codes": ["502", "503"], "status_code_retries": 1}, GET, 2, [0.1]),
    ],
)
def test_an_operator_says_which_answers_are_asked_for_again(options, call, calls, slept):
    clock, app = ManualClock(), Service(503)
    http, _ = http_to(app, clock, **options)
    with pytest.raises(NetworkUnavailable):
        http.send(CONTEXT, call)
    assert (len(app.requests), clock.slept) == (calls, slept)


@pytest.mark.parametrize(
    ("options", "slept"),
    [({"connect_retries": 0}, []), ({"connect_retries": 2, "connect_retry_delay": 3}, [3, 3])],
)
def test_an_operator_says_how_often_to_connect(options, slept):
    clock = ManualClock()
    http, weather = http_to(Service(200), clock, **options)
    weather.storm = broken
    with pytest.raises(NetworkUnavailable):
        http.send(CONTEXT, GET)
    assert clock.slept == slept


def test_a_service_that_stays_away_is_named():
    clock = ManualClock()
    app = Service(503)
    with pytest.raises(NetworkUnavailable, match=r"network is not available: GET .* 503: told so"):
        http_to(app, clock)[0].send(CONTEXT, GET)
    assert len(app.requests) == 4
    assert len(clock.slept) == 3


@pytest.mark.parametrize(("call", "status"), [(POST, 503), (GET, 500)])
def test_what_is_not_repeated(call, status):
    app = Service(status)
    with pytest.raises(NetworkUnavailable):
        http_to(app)[0].send(CONTEXT, call)
    assert len(app.requests) == 1


def test_refusals_are_answers():
    assert http_to(Service(404))[0].send(CONTEXT, GET).status == 404
    assert http_to(Service(409))[0].send(CONTEXT, POST).status == 409


def test_a_broken_connection_is_tried_again_when_that_is_safe():
    app = Service(200)
    http, weather = http_to(app)
    weather.loss = once("GET")
    assert http.send(CONTEXT, GET).ok
    weather.loss = once("PUT")
    assert http.send(CONTEXT, Call("PUT", "/things")).ok
    weather.loss = once("POST")
    with pytest.raises(NetworkUnavailable):
        http.send(CONTEXT, POST)
    assert [one["REQUEST_METHOD"] for one in app.requests] == ["GET", "GET", "PUT", "PUT", "POST"]


def test_refused_tokens():
    app = Service(401)
    http, _ = http_to(app)
    with pytest.raises(TokenRejected) as caught:
        http.send(RequestContext(auth_token="old"), GET, as_user=True)
    assert caught.value.code == 401
    with pytest.raises(NetworkUnavailable, match="our credentials"):
        http.send(CONTEXT, GET)


def test_every_call_is_observed():
    seen = []
    http, weather = http_to(Service(200), observer=lambda *facts: seen.append(facts[:4]))
    http.send(CONTEXT, GET)
    weather.storm = broken
    with pytest.raises(Unavailable):
        http.send(CONTEXT, POST)
    assert seen == [("network", "GET", "/things/{id}", 200), ("network", "POST", "/things", 0)]


def test_nowhere_to_go():
    conf = nova_conf.new_config()
    http = ServiceHttp("network", load_login(conf, "neutron", "/v2.0"), ManualClock())
    with pytest.raises(Unavailable, match="catalogue"):
        http.send(CONTEXT, GET)


def test_reasons_in_all_dialects():
    class Told:
        status = 409

        def __init__(self, body):
            self.text = body if isinstance(body, str) else json.dumps(body)

        def json(self):
            return json.loads(self.text)

    assert reason(Told({"NeutronError": {"type": "X", "message": "m"}})) == "m"
    assert reason(Told({"errors": [{"status": 409, "detail": "d", "title": "t"}]})) == "d"
    assert reason(Told("<html>no</html>")) == "<html>no</html>"
    assert reason(Told({})) == "HTTP 409"


@pytest.fixture
def cloud(tmp_path):
    return Cloud(tmp_path, RealClock())


def test_our_own_credentials_and_the_catalogue(cloud):
    observed = Observed()
    http = ServiceHttp(
        "network",
        load_login(cloud.conf, "neutron", "/v2.0", transport=cloud.transport),
        RealClock(),
        observer=observed,
    )
    for _ in range(2):
        assert http.send(CONTEXT, Call("GET", "/networks")).json() == {"networks": []}
    assert observed.calls == [("GET", "/networks")] * 2


def test_a_lost_token_is_replaced(cloud):
    login = load_login(cloud.conf, "neutron", "/v2.0", transport=cloud.transport)
    http = ServiceHttp("network", login, RealClock())
    http.send(CONTEXT, Call("GET", "/networks"))
    token = login.credentials.get_token(login.session)
    headers = {"X-Auth-Token": token, "X-Subject-Token": token}
    cloud.transport().delete("http://identity.test/v3/auth/tokens", headers=headers)
    assert http.send(CONTEXT, Call("GET", "/networks")).ok
    assert login.credentials.get_token(login.session) != token


def test_wrong_credentials(cloud):
    conf = cloud.conf
    load_login(conf, "neutron", "/v2.0", transport=cloud.transport)  # registers the options
    conf.set_override("password", "wrong", group="neutron")
    login = load_login(conf, "neutron", "/v2.0", transport=cloud.transport)
    with pytest.raises(Unavailable, match="cannot log in"):
        ServiceHttp("network", login, ManualClock()).send(CONTEXT, Call("GET", "/networks"))


def test_a_service_without_credentials_borrows_some(cloud):
    login = load_login(cloud.conf, "glance", "/v2", borrow=True, transport=cloud.transport)
    http = ServiceHttp("image", login, RealClock())
    assert http.send(CONTEXT, Call("GET", "/images")).ok
    assert login.endpoint(None) == "http://image.test/v2"


def test_users_are_vouched_for(cloud):
    login = load_login(cloud.conf, "glance", "/v2", borrow=True, transport=cloud.transport)
    headers = login.user_headers("theirs")
    assert headers["X-Auth-Token"] == "theirs"
    assert headers["X-Service-Token"] not in ("", "theirs")


def test_the_users_catalogue_serves_when_there_is_no_other(cloud):
    conf = nova_conf.new_config()
    login = load_login(conf, "neutron", "/v2.0", transport=cloud.transport)
    user = cloud.context()
    answer_ = ServiceHttp("network", login, RealClock()).send(
        user, Call("GET", "/networks"), as_user=True
    )
    assert answer_.json() == {"networks": []}


def closing_server():
    """A listening socket that closes every connection after reading from it."""
    server = socket.create_server(("127.0.0.1", 0))
    taken = []

    def run():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            taken.append(connection.recv(65536))
            connection.close()

    threading.Thread(target=run, daemon=True).start()
    return server, taken


def over_sockets(port, **options):
    conf = configured(f"http://127.0.0.1:{port}")
    for name, value in options.items():
        conf.set_override(name, value, group="neutron")
    clock = ManualClock()
    login = load_login(conf, "neutron", "/v2.0", transport=pooled_transport)
    return ServiceHttp("network", login, clock, unavailable=NetworkUnavailable), clock


def test_nobody_listens_so_nothing_was_sent_and_all_is_repeated():
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    server.close()
    for call in (GET, POST):
        http, clock = over_sockets(port)
        with pytest.raises(NetworkUnavailable):
            http.send(CONTEXT, call)
        assert len(clock.slept) == 3


def test_a_connection_that_is_closed_early():
    server, taken = closing_server()
    http, clock = over_sockets(server.getsockname()[1])
    with pytest.raises(NetworkUnavailable):
        http.send(CONTEXT, POST)
    assert (len(taken), clock.slept) == (1, [])
    with pytest.raises(NetworkUnavailable):
        http.send(CONTEXT, GET)
    assert (len(taken), len(clock.slept)) == (5, 3)
    server.close()


def test_no_answer_in_time():
    server = socket.create_server(("127.0.0.1", 0))
    http, clock = over_sockets(server.getsockname()[1], timeout=0.05)
    with pytest.raises(NetworkUnavailable, match="timed out"):
        http.send(CONTEXT, POST)
    assert clock.slept == []
    server.close()


def test_connections_are_kept():
    ports = set()

    def app(environ, start_response):
        ports.add(environ["REMOTE_PORT"])
        return answer(200, b"{}")(environ, start_response)

    listener = listen("test", app, "127.0.0.1", 0, threads=1)
    http, _ = over_sockets(listener.port)
    for _ in range(5):
        http.send(CONTEXT, GET)
    listener.stop()
    assert len(ports) == 1


def test_proxies_and_authorities_of_the_environment_are_read_once(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/our-ca.pem")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    login = load_login(configured("http://net.test"), "neutron", "/v2.0")
    assert login.endpoint(None) == "http://net.test/v2.0"
    monkeypatch.setenv("HTTP_PROXY", "http://other.test:3128")
    transport = login.session.session
    assert transport.proxies["http"] == "http://proxy.test:3128"
    assert not transport.trust_env
    assert login.session.verify == "/etc/our-ca.pem"


def test_time_limits_are_never_absent():
    login = load_login(configured("http://x"), "neutron", "/v2.0")
    assert login.session.timeout
    conf = configured("http://x")
    conf.set_override("timeout", 7, group="neutron")
    assert load_login(conf, "neutron", "/v2.0").session.timeout == 7
    assert isinstance(conf, cfg.ConfigOpts)
