"""From an original to the files of every width: what is kept, what is left out, what is refused."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageOps

from blog.pictures import Limits, MadeFile, PictureRefused, look_at, make_files, placeholder_of
from local.demo.pictures import jpeg_of, make_picture
from tests.blog.bad_pictures import BAD_PICTURES, png_bomb

ROOT = Path(__file__).resolve().parents[2]
LIMITS = Limits(pixels=100_000_000, whole_pixels=50_000_000)
WIDTHS = (2048, 1280, 640, 320)
MEMORY_MOST_MEGABYTES = 200
HARBOUR = make_picture("harbour", width=1000, height=750)


def made(original: bytes, widths: tuple[int, ...] = WIDTHS) -> list[MadeFile]:
    opened = look_at(io.BytesIO(original), limits=LIMITS)
    return list(make_files(opened, widths=widths))


def saved(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def opened(file: MadeFile) -> Image.Image:
    return Image.open(io.BytesIO(file.body))


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean distance of two pictures, in 256ths."""
    pairs = zip(
        one.convert("RGB").resize((64, 48)).tobytes(),
        other.convert("RGB").resize((64, 48)).tobytes(),
        strict=True,
    )
    return sum(abs(a - b) for a, b in pairs) / (64 * 48 * 3)


def test_every_width_that_does_not_enlarge_is_made_in_both_formats() -> None:
    files = made(jpeg_of(make_picture("lake", width=3000, height=2000)))

    assert [(file.width, file.height) for file in files[::2]] == [
        (2048, 1365),
        (1280, 853),
        (640, 427),
        (320, 213),
    ]
    assert [file.content_type for file in files] == ["image/jpeg", "image/avif"] * 4
    assert [opened(file).size for file in files] == [(file.width, file.height) for file in files]


@pytest.mark.parametrize(("width", "expected"), [(1000, [1000, 640, 320]), (320, [320]), (7, [7])])
def test_a_small_original_is_never_enlarged(width: int, expected: list[int]) -> None:
    files = made(jpeg_of(HARBOUR.resize((width, max(1, width * 3 // 4)))))

    assert [file.width for file in files[::2]] == expected


def test_the_same_original_gives_the_same_bytes() -> None:
    original = jpeg_of(HARBOUR)

    assert [file.body for file in made(original)] == [file.body for file in made(original)]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = {2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}
    inverse = Image.Exif()
    inverse[0x0112] = turned.get(orientation, 1)
    as_the_camera_held_it = Image.open(io.BytesIO(jpeg_of(HARBOUR, exif=inverse)))
    original = jpeg_of(ImageOps.exif_transpose(as_the_camera_held_it), exif=exif)

    files = made(original)

    assert (files[0].width, files[0].height) == (1000, 750)
    assert difference(opened(files[0]), HARBOUR) < 3


def test_nothing_of_the_original_but_its_pixels_is_published() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    exif.get_ifd(0x8825)[2] = (47.0, 30.0, 0.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    original = jpeg_of(
        HARBOUR, exif=exif, xmp=b"<x:xmpmeta>secret</x:xmpmeta>", icc_profile=profile, comment=b"secret"
    )
    assert original.count(b"secret") == 3

    files = made(original)

    assert len(files) == 6
    for file in files:
        assert b"secret" not in file.body
        assert b"Exif" not in file.body
        assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(opened(file).info)


def test_colours_of_another_space_become_srgb() -> None:
    original = saved(HARBOUR, "JPEG", icc_profile=_profile_with_gamma_of_one())

    files = made(original)

    # The same numbers mean lighter colours in a linear space.
    assert _mean(opened(files[0])) > _mean(HARBOUR) + 20


@pytest.mark.parametrize(
    "original",
    [
        saved(HARBOUR.convert("CMYK"), "JPEG"),
        saved(HARBOUR, "PNG"),
        saved(HARBOUR.convert("RGBA"), "PNG"),
        saved(HARBOUR.convert("P", palette=Image.Palette.ADAPTIVE), "GIF"),
        saved(HARBOUR, "GIF", save_all=True, append_images=[Image.new("RGB", HARBOUR.size)]),
        saved(HARBOUR, "WEBP"),
        saved(HARBOUR, "AVIF"),
        saved(HARBOUR, "JPEG", progressive=True),
        saved(HARBOUR, "JPEG", icc_profile=b"no profile"),
    ],
    ids=["CMYK", "PNG", "RGBA", "GIF", "animated", "WebP", "AVIF", "progressive", "broken profile"],
)
def test_every_kind_of_picture_comes_out_as_it_looked(original: bytes) -> None:
    files = made(original)

    assert [file.width for file in files[::2]] == [1000, 640, 320]
    assert all(difference(opened(file), HARBOUR) < 12 for file in files)


def test_sixteen_bits_of_grey_come_out_as_eight() -> None:
    deep = HARBOUR.convert("L").convert("I").point(lambda value: value * 256).convert("I;16")

    files = made(saved(deep, "PNG"))

    assert difference(opened(files[0]), HARBOUR.convert("L")) < 5


def test_transparency_becomes_white() -> None:
    files = made(saved(Image.new("RGBA", (700, 500), (10, 20, 30, 0)), "PNG"))

    assert opened(files[0]).getpixel((300, 200)) == (255, 255, 255)


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_what_is_no_photo_is_refused_with_the_reason(name: str) -> None:
    original, reason = BAD_PICTURES[name]

    with pytest.raises(PictureRefused) as refusal:
        made(original)

    assert refusal.value.reason == reason


def test_a_picture_with_more_pixels_than_are_read_whole_is_refused() -> None:
    progressive = io.BytesIO(saved(HARBOUR, "JPEG", progressive=True))
    baseline = io.BytesIO(saved(HARBOUR, "JPEG"))
    limits = Limits(pixels=1_000_000, whole_pixels=500_000)

    with pytest.raises(PictureRefused):
        look_at(progressive, limits=limits)
    assert look_at(baseline, limits=limits).width == 1000


def test_the_placeholder_is_a_picture_of_a_few_bytes() -> None:
    text = placeholder_of(jpeg_of(HARBOUR))

    assert text.startswith("data:image/webp;base64,")
    assert len(text) < 400


PROGRAM = """
import sys
from blog.pictures import Limits, PictureRefused, look_at, make_files
with open(sys.argv[1], "rb") as file:
    try:
        opened = look_at(file, limits=Limits(pixels=100_000_000, whole_pixels=50_000_000))
        print(sum(len(made.body) for made in make_files(opened, widths=(2048, 1280, 640, 320))))
    except PictureRefused as error:
        print(error.reason)
# Not `ru_maxrss`, which begins with that of the process that this one was forked from.
print(next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) // 1024)
"""


def _in_a_process(path: Path) -> tuple[str, int]:
    """What it printed, and its peak memory in megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    said, megabytes = done.stdout.splitlines()
    return said, int(megabytes)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_48_megapixels_stay_within_200_megabytes(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg_of(HARBOUR.resize((8000, 6000))))

    total_bytes, megabytes = _in_a_process(tmp_path / "photo.jpg")

    assert int(total_bytes) > 100_000
    assert megabytes <= MEMORY_MOST_MEGABYTES


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(png_bomb())

    reason, megabytes = _in_a_process(tmp_path / "bomb.png")

    assert (tmp_path / "bomb.png").stat().st_size < 150_000
    assert reason == "too-many-pixels"
    assert megabytes < 60


def _mean(picture: Image.Image) -> float:
    grey = picture.convert("L").resize((64, 48)).tobytes()
    return sum(grey) / len(grey)


def _profile_with_gamma_of_one() -> bytes:
    """sRGB's primaries with linear tone curves: the `curv` of each channel says that there is none."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    found = 0
    for place in range(len(profile) - 4):
        if profile[place : place + 4] == b"para":
            # parametricCurveType 0 with gamma 1 (ICC.1:2022, 10.18).
            profile[place + 8 : place + 10] = b"\0\0"
            profile[place + 12 : place + 16] = b"\0\1\0\0"
            found += 1
    assert found
    return bytes(profile)
