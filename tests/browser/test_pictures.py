"""The README's pictures. QINGTING_PICTURES=1 makes them anew, of the whole demo county of the day."""

import os
import struct
from pathlib import Path

import pytest

from tests.browser.visits import DESK, PHONE, Visitors, served, today
from tests.flows.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.real_time, pytest.mark.xdist_group("browser")]

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "img"
MOST = 300_000  # bytes


def test_pictures_of_the_readme(request, tmp_path):
    if os.environ.get("QINGTING_PICTURES") == "1":
        make_pictures(request.getfixturevalue("browser"), tmp_path)

    assert size_of(PICTURES / "my-list.png") == (PHONE["width"], PHONE["height"])
    assert size_of(PICTURES / "board.png") == (DESK["width"], DESK["height"])
    assert max(picture.stat().st_size for picture in PICTURES.glob("*.png")) < MOST


def make_pictures(browser, folder) -> None:
    house = Installation(folder)
    house.seed(today(), scale="FULL")
    with served(house, folder) as site:
        visitors = Visitors(site, browser)
        phone = visitors.open("headteacher", PHONE, device_scale_factor=1, color_scheme="light")
        phone.screenshot(path=PICTURES / "my-list.png")
        desk = visitors.open("headteacher", DESK, device_scale_factor=1, color_scheme="light")
        desk.get_by_role("link", name="班级看板").first.click()
        desk.wait_for_url("**/listening/classes/*/")
        desk.screenshot(path=PICTURES / "board.png")
        visitors.close()
    assert visitors.noticed == []


def size_of(picture: Path) -> tuple[int, int]:
    """Width and height, from the first chunk of a PNG."""
    with picture.open("rb") as file:
        head = file.read(24)
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:])
    return width, height
