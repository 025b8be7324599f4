"""Pictures with real structure, drawn by rules: the same name and size give the same picture.

Skies with clouds, ranges of mountains in haze, water that mirrors them, rows of houses with windows:
what photographs have, and flat colours have not, so that sizes and times measured on them mean something.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]
Picture = Image.Image

# Drawn at this width at most, then enlarged with grain: larger shapes gain nothing.
_DRAWN_WIDTH_MOST = 2400


@dataclass(frozen=True)
class Light:
    """The colours of a time of day."""

    sky: tuple[Colour, Colour]
    cloud: Colour
    far: Colour
    near: Colour
    window: Colour


_LIGHTS = {
    "morning": Light(
        ((120, 160, 205), (250, 222, 196)), (255, 240, 228), (170, 178, 200), (52, 66, 70), (90, 104, 120)
    ),
    "noon": Light(
        ((56, 118, 196), (190, 218, 240)), (255, 255, 255), (130, 160, 190), (46, 84, 58), (70, 90, 110)
    ),
    "evening": Light(
        ((66, 62, 116), (246, 158, 96)), (255, 190, 150), (120, 92, 126), (34, 32, 52), (255, 214, 130)
    ),
    "night": Light(((8, 12, 32), (40, 54, 92)), (60, 70, 104), (30, 40, 72), (10, 14, 26), (255, 220, 140)),
}
LIGHTS = tuple(_LIGHTS)


def make_picture(scene: str, *, width: int, height: int, light: str = "noon", seed: int = 1) -> Picture:
    """One of SCENES in one of LIGHTS. Another seed is another place of the same kind."""
    # Not a secret: chance that is the same each time.
    chance = random.Random(f"{scene} {light} {seed}")  # noqa: S311
    scale = min(1.0, _DRAWN_WIDTH_MOST / width)
    drawn = SCENES[scene]((round(width * scale), round(height * scale)), _LIGHTS[light], chance)
    picture = drawn if scale == 1.0 else drawn.resize((width, height), Image.Resampling.BICUBIC)
    return _with_grain(picture, chance)


def jpeg_of(picture: Picture, *, quality: int = 92, **options: Any) -> bytes:
    """The picture as a camera would keep it."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, **options)
    return file.getvalue()


# --- Scenes ------------------------------------------------------------------------------------


def _mountains(size: tuple[int, int], light: Light, chance: random.Random) -> Picture:
    picture = _sky(size, light, chance)
    for step in range(5):
        depth = step / 4
        top = size[1] * (0.38 + 0.13 * step)
        roughness = size[1] * (0.26 - 0.035 * step)
        _range(picture, top, roughness, _mix(light.far, light.near, depth), chance)
    return picture


def _lake(size: tuple[int, int], light: Light, chance: random.Random) -> Picture:
    shore = round(size[1] * 0.58)
    land = _mountains((size[0], round(shore * 1.12)), light, chance).crop((0, 0, size[0], shore))
    return _with_water(land, size, light, chance)


def _street(size: tuple[int, int], light: Light, chance: random.Random) -> Picture:
    picture = _sky(size, light, chance)
    _houses(picture, round(size[1] * 0.86), light, chance, far=True)
    _houses(picture, size[1], light, chance, far=False)
    return picture


def _harbour(size: tuple[int, int], light: Light, chance: random.Random) -> Picture:
    quay = round(size[1] * 0.6)
    land = _sky((size[0], quay), light, chance)
    _range(land, quay * 0.62, quay * 0.2, light.far, chance)
    _houses(land, quay, light, chance, far=True)
    picture = _with_water(land, size, light, chance)
    for _ in range(7):
        _boat(picture, chance.uniform(0.05, 0.95) * size[0], chance.uniform(0.66, 0.92) * size[1], chance)
    return picture


def _forest(size: tuple[int, int], light: Light, chance: random.Random) -> Picture:
    picture = _mountains(size, light, chance)
    draw = ImageDraw.Draw(picture)
    for row in range(5):
        ground = size[1] * (0.72 + 0.085 * row)
        for _ in range(70 - 8 * row):
            tall = size[1] * chance.uniform(0.10, 0.17) * (0.6 + 0.35 * row)
            colour = _shade(_mix(light.far, (24, 62, 40), 0.45 + 0.13 * row), chance.uniform(0.75, 1.15))
            _fir(draw, chance.uniform(-0.02, 1.02) * size[0], ground, tall, colour)
    return picture


SCENES: dict[str, Callable[[tuple[int, int], Light, random.Random], Picture]] = {
    "mountains": _mountains,
    "lake": _lake,
    "street": _street,
    "harbour": _harbour,
    "forest": _forest,
}

# --- What scenes are made of -------------------------------------------------------------------


def _sky(size: tuple[int, int], light: Light, chance: random.Random) -> Picture:
    slope = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    sky = ImageOps.colorize(slope, light.sky[0], light.sky[1])
    clouds = _noise(size, chance, cells=5, octaves=6).point(
        [max(0, min(255, (v - 115) * 3)) for v in range(256)]
    )
    # None at the horizon, where they would be hidden by haze.
    clouds = ImageChops.multiply(clouds, ImageOps.invert(slope))
    sky.paste(Image.new("RGB", size, light.cloud), mask=clouds)
    return sky


def _range(picture: Picture, top: float, roughness: float, colour: Colour, chance: random.Random) -> None:
    """A range of mountains: a ridge by midpoint displacement, rock by noise, haze at its foot."""
    width, height = picture.size
    ridge = _ridge(chance, roughness, steps=9)
    points = [(index * width / (len(ridge) - 1), top - rise) for index, rise in enumerate(ridge)]
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).polygon([(0, height), *points, (width, height)], fill=255)
    rock = ImageOps.colorize(
        _noise(picture.size, chance, cells=24, octaves=5), _shade(colour, 0.55), _shade(colour, 1.45)
    )
    picture.paste(rock, mask=mask)


def _with_water(land: Picture, size: tuple[int, int], light: Light, chance: random.Random) -> Picture:
    """The land above its mirror image, broken by waves."""
    depth = size[1] - land.height
    mirror = ImageOps.flip(land).resize((size[0], depth), Image.Resampling.BICUBIC)
    waves = _noise((size[0], max(1, depth // 6)), chance, cells=60, octaves=3).resize((size[0], depth))
    mirror = Image.blend(
        mirror.filter(ImageFilter.BoxBlur(2)), Image.new("RGB", mirror.size, light.near), 0.25
    )
    glitter = ImageOps.colorize(waves, (70, 80, 90), (185, 185, 180))
    picture = Image.new("RGB", size)
    picture.paste(land)
    picture.paste(ImageChops.overlay(mirror, glitter), (0, land.height))
    return picture


def _houses(picture: Picture, ground: int, light: Light, chance: random.Random, *, far: bool) -> None:
    draw = ImageDraw.Draw(picture)
    left = -picture.width * chance.uniform(0, 0.05)
    while left < picture.width:
        wide = picture.width * chance.uniform(0.07, 0.13) * (0.7 if far else 1.2)
        tall = picture.height * chance.uniform(0.28, 0.5) * (0.8 if far else 1.0)
        wall = chance.choice(
            [(214, 184, 146), (196, 122, 92), (226, 214, 196), (150, 162, 160), (186, 146, 152)]
        )
        tone = _mix(_shade(light.near, 1.6), wall, 0.35 if far else 0.62)
        _house(draw, (left, ground - tall, left + wide, ground), tone, light, chance)
        left += wide


def _house(
    draw: ImageDraw.ImageDraw,
    box: tuple[float, float, float, float],
    wall: Colour,
    light: Light,
    chance: random.Random,
) -> None:
    left, top, right, bottom = box
    wide = right - left
    draw.rectangle(box, fill=wall, outline=_shade(wall, 0.7))
    roof = [
        (left - wide * 0.04, top),
        ((left + right) / 2, top - wide * chance.uniform(0.15, 0.5)),
        (right + wide * 0.04, top),
    ]
    draw.polygon(roof, fill=_shade((120, 64, 48), chance.uniform(0.6, 1.1)))
    columns = chance.randint(3, 5)
    step = wide / (columns * 2 + 1)
    line = top + step
    while line + step * 1.6 < bottom:
        for column in range(columns):
            edge = left + step * (1 + 2 * column)
            glass = light.window if chance.random() < 0.6 else _shade(wall, 0.45)
            pane = (edge, line, edge + step, line + step * 1.5)
            draw.rectangle(pane, fill=glass, outline=_shade(wall, 1.25), width=max(1, round(step * 0.08)))
            draw.line(
                ((edge + step / 2, line), (edge + step / 2, line + step * 1.5)), fill=_shade(wall, 1.25)
            )
        line += step * 2.6


def _boat(picture: Picture, x: float, y: float, chance: random.Random) -> None:
    draw = ImageDraw.Draw(picture)
    long = picture.width * chance.uniform(0.03, 0.06) * (y / picture.height)
    hull = chance.choice([(190, 52, 44), (240, 238, 230), (36, 78, 132), (32, 110, 88)])
    draw.polygon(
        [(x - long, y), (x + long, y), (x + long * 0.7, y + long * 0.35), (x - long * 0.7, y + long * 0.35)],
        fill=hull,
    )
    draw.line(((x, y), (x, y - long * 1.6)), fill=(60, 48, 40), width=max(1, round(long / 18)))
    draw.polygon(
        [
            (x + long * 0.08, y - long * 1.5),
            (x + long * 0.08, y - long * 0.15),
            (x + long * 0.8, y - long * 0.15),
        ],
        fill=(236, 230, 216),
    )


def _fir(draw: ImageDraw.ImageDraw, x: float, ground: float, tall: float, colour: Colour) -> None:
    for tier in range(4):
        low = ground - tall * (0.1 + 0.2 * tier)
        half = tall * (0.24 - 0.05 * tier)
        tone = _shade(colour, 0.85 + 0.12 * tier)
        draw.polygon([(x - half, low), (x, low - tall * 0.36), (x + half, low)], fill=tone)


def _noise(size: tuple[int, int], chance: random.Random, *, cells: int, octaves: int) -> Picture:
    """Clouds of grey: random grids, each twice as fine and half as strong as the one before."""
    coarse = (max(1, size[0] // 2), max(1, size[1] // 2))
    total = Image.new("L", coarse, 128)
    weight, sum_of_weights = 1.0, 0.0
    for octave in range(octaves):
        across = min(cells * 2**octave, coarse[0])
        down = max(1, min(round(across * coarse[1] / coarse[0]), coarse[1]))
        grid = Image.frombytes("L", (across, down), chance.randbytes(across * down))
        sum_of_weights += weight
        total = Image.blend(total, grid.resize(coarse, Image.Resampling.BICUBIC), weight / sum_of_weights)
        weight *= 0.6
    return ImageOps.autocontrast(total).resize(size, Image.Resampling.BICUBIC)


def _with_grain(picture: Picture, chance: random.Random) -> Picture:
    """The noise of a sensor, without which an encoder has too easy a time."""
    tile = Image.frombytes("L", (512, 512), bytes(120 + byte // 16 for byte in chance.randbytes(512 * 512)))
    grain = Image.new("L", picture.size)
    for top in range(0, picture.height, 512):
        for left in range(0, picture.width, 512):
            grain.paste(tile.transpose(chance.choice(list(Image.Transpose)[:3])), (left, top))
    return ImageChops.overlay(picture, Image.merge("RGB", (grain, grain, grain)))


def _ridge(chance: random.Random, roughness: float, *, steps: int) -> list[float]:
    line = [chance.uniform(-0.3, 0.3) * roughness, chance.uniform(-0.3, 0.3) * roughness]
    for _ in range(steps):
        middles = [(a + b) / 2 + chance.uniform(-1, 1) * roughness / 2 for a, b in pairwise(line)]
        line = [point for pair in zip(line, middles, strict=False) for point in pair] + [line[-1]]
        roughness *= 0.52
    return line


def _mix(one: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (max(0, min(255, round(part * factor))) for part in colour)
    return red, green, blue
