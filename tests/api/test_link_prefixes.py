"""Links as they are seen from outside: [api]compute_link_prefix and glance_link_prefix."""

from nova.clients.image.contract import ImageMeta
from tests.api.servers import IMAGE, add_server
from tests.api.world import World

COMPUTE, GLANCE = "https://cloud.example.com/compute", "https://cloud.example.com/image/"


def test_links_name_what_stands_in_front() -> None:
    world = World(api__compute_link_prefix=COMPUTE, api__glance_link_prefix=GLANCE)
    world.images.add(ImageMeta(id=IMAGE, name="tiny", disk_format="raw", container_format="bare",
                               visibility="public"), b"tiny")
    uuid = add_server(world, "a")
    (image,) = world.ask("GET", "/images").json["images"]
    assert [link["href"] for link in image["links"]] == [
        f"{COMPUTE}/v2.1/images/{IMAGE}", f"{COMPUTE}/images/{IMAGE}", f"{GLANCE}images/{IMAGE}",
    ]
    server = world.ask("GET", f"/servers/{uuid}").json["server"]
    assert [link["href"] for link in server["links"]] == [
        f"{COMPUTE}/v2.1/servers/{uuid}", f"{COMPUTE}/servers/{uuid}",
    ]
    # The image of a server is one of ours, so that the compute's place is told.
    assert server["image"]["links"][0]["href"] == f"{COMPUTE}/images/{IMAGE}"
    page = world.ask("GET", "/servers?limit=1").json["servers_links"]
    assert page[0]["href"].startswith(f"{COMPUTE}/v2.1/servers?")
    (version,) = world.ask("GET", "root:/v2.1").json["version"]["links"][:1]
    assert version["href"] == f"{COMPUTE}/v2.1/"
