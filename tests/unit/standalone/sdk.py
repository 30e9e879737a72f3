"""openstacksdk connections to WSGI callables of this process."""

import openstack
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

from nova.standalone.web.in_process import session_for

URLS = {
    "identity": "http://identity.test",
    "image": "http://image.test",
    "network": "http://network.test",
}


def session(apps, user="admin", project="admin", password="secret"):
    """`apps`: WSGI callables by service type."""
    auth = v3.Password(
        URLS["identity"] + "/v3",
        username=user,
        password=password,
        user_domain_id="default",
        project_name=project,
        project_domain_id="default",
    )
    transport = session_for({URLS[name]: app for name, app in apps.items()})
    return Session(auth=auth, session=transport)


def connect(apps, user="admin", project="admin", password="secret"):
    return openstack.connection.Connection(
        session=session(apps, user, project, password), region_name="RegionOne"
    )
