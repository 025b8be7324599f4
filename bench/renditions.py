"""Renditions of 12, 24 and 48 megapixels beside naive Pillow, libvips and Willow: time and peak memory."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.peers.environments import programs_of
from bench.results import ROOT, Row, compare

ROUNDS = 3
PHOTOS = {12: (4000, 3000), 24: (6000, 4000), 48: (8000, 6000)}
QUICK = {12: PHOTOS[12]}
# What one writes who knows Pillow's first page: for each size the original is opened, made smaller and
# saved in both formats. The first leaves AVIF's speed and quality as Pillow has them, the second sets ours.
NAIVE = "naive Pillow"
SAME = "naive Pillow, AVIF as ours"
# Each with its own libraries (`bench/peers/renditions/`).
VIPS, WILLOW = "pyvips", "Wagtail's Willow"
_PEERS = {NAIVE: "naive", SAME: "same", VIPS: "pyvips", WILLOW: "willow"}

_PROGRAM = """
import io, json, sys, time
path, how = sys.argv[1:]
began = time.perf_counter()
files = []
if how == "ours":
    from blog import pictures
    limits = pictures.Limits(pixels=100_000_000, whole_pixels=50_000_000)
    with open(path, "rb") as file:
        opened = pictures.look_at(file, limits=limits)
        files = [made.body for made in pictures.make_files(opened, widths=pictures.WIDTHS)]
else:
    from PIL import Image, ImageOps
    options = {"quality": 60, "speed": 9, "max_threads": 2} if how == "same" else {}
    for width in (2048, 1280, 640, 320):
        image = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
        jpeg = {"quality": 80, "progressive": True, "optimize": True}
        for form, settings in (("JPEG", jpeg), ("AVIF", options)):
            file = io.BytesIO()
            image.save(file, form, **settings)
            files.append(file.getvalue())
seconds = time.perf_counter() - began
assert len(files) == 8
# Not `ru_maxrss`, which begins with that of the process that this one was forked from.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([seconds, peak / 1024]))
"""


def measure(*, is_quick: bool = False) -> list[Row]:
    """Seconds and megabytes for the eight files of one photo, in alternating rounds."""
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        for megapixels, size in QUICK.items() if is_quick else PHOTOS.items():
            photo = _make_photo(Path(directory, f"{megapixels}.jpg"), size)
            found: dict[str, list[list[float]]] = {how: [] for how in ("ours", *_PEERS.values())}
            for _ in range(1 if is_quick else ROUNDS):
                for how, figures in found.items():
                    figures.append(_run(photo, how))
            rows += _rows(f"renditions, {megapixels} MP", found)
    return rows


def _rows(case: str, found: dict[str, list[list[float]]]) -> list[Row]:
    seconds = {how: [figures[0] for figures in rounds] for how, rounds in found.items()}
    memory = {how: [figures[1] for figures in rounds] for how, rounds in found.items()}
    return [
        compare(f"{case}{what}", unit, side["ours"], peer, side[how], more_is_better=False)
        for what, unit, side in (("", "s", seconds), (", peak", "MB", memory))
        for peer, how in _PEERS.items()
        # The memory of naive Pillow is the same, whatever AVIF's speed.
        if unit == "s" or peer != SAME
    ]


def _make_photo(path: Path, size: tuple[int, int]) -> Path:
    """By a process of its own, whose memory is nobody's here."""
    program = (
        "import sys; from local.demo.pictures import jpeg_of, make_picture; "
        "width, height = map(int, sys.argv[2:]); "
        "picture = make_picture('harbour', width=width, height=height, light='evening'); "
        "open(sys.argv[1], 'wb').write(jpeg_of(picture))"
    )
    subprocess.run([sys.executable, "-c", program, str(path), *map(str, size)], cwd=ROOT, check=True)
    return path


def _run(photo: Path, how: str) -> list[float]:
    if how in ("pyvips", "willow"):
        python = programs_of("renditions") / "python"
        command = [str(python), "-m", "bench.peers.renditions.sides", str(photo), how]
    else:
        command = [sys.executable, "-c", _PROGRAM, str(photo), how]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures
