"""Writing is found however it is written, and anatomy, noise and side markers are not taken for it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from catalog.thumbnails.writing import shows_writing


def canvas(level: int = 0, size: tuple[int, int] = (256, 256)) -> Image.Image:
    return Image.new("L", size, level)


def body(level: int = 120) -> Image.Image:
    """A slice through a trunk: an ellipse with organs and a spine."""
    image = canvas()
    draw = ImageDraw.Draw(image)
    draw.ellipse((30, 50, 226, 206), fill=level)
    draw.ellipse((60, 80, 120, 160), fill=level // 3)
    draw.ellipse((136, 80, 196, 160), fill=level // 3)
    draw.ellipse((112, 160, 144, 192), fill=250)
    return image


def write(
    image: Image.Image, text: str, *, fill: int = 255, size: float = 12, at: tuple[int, int] = (8, 6)
) -> Image.Image:
    ImageDraw.Draw(image).text(at, text, fill=fill, font_size=size)
    return image


def ribs() -> Image.Image:
    image = canvas(60)
    draw = ImageDraw.Draw(image)
    for top in range(20, 230, 24):
        draw.arc((20, top, 236, top + 60), 200, 340, fill=160, width=7)
    return image


def vertebrae() -> Image.Image:
    image = canvas(40)
    draw = ImageDraw.Draw(image)
    for top in range(10, 240, 30):
        draw.rounded_rectangle((110, top, 150, top + 22), 4, fill=190)
    return image


def noise(strength: float) -> Image.Image:
    grains = np.random.default_rng(7).normal(100, strength, (256, 256))
    return Image.fromarray(np.clip(grains, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("size", [10, 12, 16, 24, 32])
@pytest.mark.parametrize("text", ["DOE^JANE", "Santangelo 12.03.1962", "MRN 00123456", "Кузнецова Анна"])
def test_writing_of_every_size_that_could_be_read_is_found(text, size):
    assert shows_writing(write(body(), text, size=size))


@pytest.mark.parametrize(
    "turn", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270]
)
def test_turned_writing_is_found(turn):
    assert shows_writing(write(body(), "DOE^JANE 1962").transpose(turn))


def test_mirrored_dark_and_faint_writing_is_found():
    assert shows_writing(write(body(), "DOE^JANE 1962").transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert shows_writing(write(canvas(230), "DOE^JANE 1962", fill=0))
    assert shows_writing(write(body(), "DOE^JANE 1962", fill=150, at=(90, 120)))
    assert shows_writing(write(canvas(100), "DOE^JANE 1962", fill=140))


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(canvas(), id="nothing"),
        pytest.param(body(), id="trunk"),
        pytest.param(ribs(), id="ribs"),
        pytest.param(vertebrae(), id="vertebrae"),
        pytest.param(noise(5), id="faint noise"),
        pytest.param(noise(40), id="strong noise"),
        pytest.param(write(body(), "L", size=20), id="side marker"),
        pytest.param(write(body(), "R 12", size=14), id="side marker with a number"),
        pytest.param(canvas(90, (256, 40)), id="a strip"),
    ],
)
def test_what_is_no_writing_is_not_taken_for_it(image):
    assert not shows_writing(image)
