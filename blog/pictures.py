"""From an original to the files that the world sees.

It is looked at before it is decoded, decoded once, and made smaller step by step. Pure: no storage and
no database. What comes out depends on the bytes alone, so doing it again gives the same files. No file
that comes out carries EXIF, GPS, XMP or a colour profile.
"""

from __future__ import annotations

import base64
import io
import struct
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

# The widths in which a photo is published.
WIDTHS = (2048, 1280, 640, 320)
JPEG_QUALITY = 80
# About what JPEG at 80 looks like, in half the bytes; speed 9 is a tenth of the time of speed 6.
AVIF_QUALITY = 60
AVIF_SPEED = 9
# So that the same picture gives the same bytes on every machine.
AVIF_THREADS = 2
# The longest side that a JPEG can have is 65 535 (ITU-T T.81, B.2.2).
SIDE_MOST = 65_000
PLACEHOLDER_SIDE = 16
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
_PLAIN_MODES = frozenset({"RGB", "L", "CMYK"})
_BAND_PIXELS = 1_000_000
_SIDEWAYS = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height


class PictureRefused(Exception):
    """It cannot become a photo; `reason` is a stable code (`refusals` has a sentence for each)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class Limits:
    """What is decoded at most, in pixels."""

    pixels: int
    # Of pictures that have to be in memory as a whole: all but JPEGs that are not progressive. WebP and
    # AVIF may have half as many.
    whole_pixels: int


@dataclass(frozen=True)
class MadeFile:
    """One file of one width."""

    width: int
    height: int
    content_type: str
    extension: str
    body: bytes


@dataclass(frozen=True)
class Opened:
    """An original that was looked at, but not decoded."""

    image: Image
    # As it is seen: after its EXIF orientation.
    width: int
    height: int
    orientation: int


def look_at(file: IO[bytes], *, limits: Limits) -> Opened:
    """What the file is, and how large, from its first bytes.

    Raises:
        PictureRefused: `not-a-picture`, `heic`, `too-many-pixels`, `broken`.
    """
    from PIL import Image, UnidentifiedImageError

    head = file.read(32)
    file.seek(0)
    _require_pixels(_webp_size(head), limits.whole_pixels // 2)
    try:
        with warnings.catch_warnings():
            # Our own limit is asked below; at twice its own, Pillow raises.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureRefused("too-many-pixels") from error
    except UnidentifiedImageError as error:
        is_heif = head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS
        raise PictureRefused("heic" if is_heif else "not-a-picture") from error
    except Exception as error:  # Pillow's readers raise what they stumble over
        raise PictureRefused("broken") from error
    _require_pixels(image.size, _most_pixels(image, limits))
    orientation = _orientation(image)
    width, height = reversed(image.size) if orientation in _SIDEWAYS else image.size
    return Opened(image, width, height, orientation)


def make_files(opened: Opened, *, widths: Sequence[int]) -> Iterator[MadeFile]:
    """A JPEG and an AVIF of each width, the widest first; none wider than the original.

    Raises:
        PictureRefused: `truncated` or `broken`, at the first step.
    """
    picture = _decode(opened, max(widths))
    for width in widths_of(opened.width, widths):
        picture = _scale(picture, width, max(1, round(opened.height * width / opened.width)))
        yield _jpeg(picture)
        yield _avif(picture)


def placeholder_of(jpeg: bytes) -> str:
    """A picture of a few pixels as a `data:` address, to be shown until the real one is there."""
    from PIL import Image

    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        image.thumbnail((PLACEHOLDER_SIDE, PLACEHOLDER_SIDE))
        file = io.BytesIO()
        image.save(file, "WEBP", quality=50, method=4)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def _require_pixels(size: tuple[int, int] | None, most: int) -> None:
    if size is not None and (size[0] * size[1] > most or max(size) > SIDE_MOST):
        raise PictureRefused("too-many-pixels")


def _most_pixels(image: Image, limits: Limits) -> int:
    if image.format == "JPEG" and not image.info.get("progressive"):
        return limits.pixels
    # Their decoders hold the picture several times.
    return limits.whole_pixels // 2 if image.format in ("WEBP", "AVIF") else limits.whole_pixels


def _webp_size(head: bytes) -> tuple[int, int] | None:
    """The canvas of an extended WebP: Pillow allocates all of it as soon as it opens one."""
    if head[:4] != b"RIFF" or head[8:16] != b"WEBPVP8X" or len(head) < 30:
        return None
    width, height = struct.unpack("<IxI", head[24:27] + b"\0\0" + head[27:30] + b"\0")
    return width + 1, height + 1


def _orientation(image: Image) -> int:
    from PIL.ExifTags import Base

    try:
        return int(image.getexif().get(Base.Orientation, 1))
    except Exception:  # broken EXIF is no reason to refuse the picture
        return 1


def widths_of(original: int, wanted: Sequence[int]) -> list[int]:
    """The wanted widths that do not enlarge; the original's own stands in for the larger ones."""
    fitting = {width for width in wanted if width <= original}
    if original < max(wanted):
        fitting.add(original)
    return sorted(fitting, reverse=True)


def _decode(opened: Opened, widest: int) -> Image:
    """The picture upright, in sRGB, no larger than needed for the widest width."""
    image = opened.image
    scale = min(1.0, widest / opened.width)
    target = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if image.format == "JPEG":
        # The decoder itself leaves out what is not needed: a half, a quarter or an eighth of each side.
        image.draft(image.mode, target)
    try:
        image.load()
    except OSError as error:
        raise PictureRefused("truncated" if "truncated" in str(error) else "broken") from error
    except Exception as error:  # Pillow's readers raise what they stumble over
        raise PictureRefused("broken") from error
    profile = image.info.get("icc_profile")
    reduced = _reduce(image, target)
    upright = _turn(_to_srgb(reduced, profile), opened.orientation)
    # Nothing that was said of the original goes on into a file.
    upright.info.clear()
    return upright


def _reduce(image: Image, target: tuple[int, int]) -> Image:
    """The picture in `target` size, with eight bits a channel and without transparency.

    What is not plain is made so in bands, so that a large picture is in memory once, not three times.
    """
    from PIL.Image import Resampling, new

    if image.mode not in _PLAIN_MODES or image.has_transparency_data:
        factor = max(1, int(min(image.width / target[0], image.height / target[1]) / 1.5))
        band_height = factor * max(1, _BAND_PIXELS // (image.width * factor))
        flat = new(_flat_mode(image), (-(-image.width // factor), -(-image.height // factor)))
        for top in range(0, image.height, band_height):
            band = image.crop((0, top, image.width, min(top + band_height, image.height)))
            flat.paste(_flatten(band).reduce(factor), (0, top // factor))
        image = flat
    # Half the time of the best filter, and no difference that one sees in what is still made smaller.
    return image if image.size == target else image.resize(target, Resampling.BICUBIC, reducing_gap=2.0)


def _flat_mode(image: Image) -> str:
    return "L" if image.mode.startswith("I") or image.mode == "F" else "RGB"


def _flatten(band: Image) -> Image:
    """Eight bits a channel, without transparency (on white)."""
    from PIL.Image import new

    if band.mode.startswith("I;16"):
        return band.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if band.mode in ("I", "F"):
        return band.convert("L")
    if band.has_transparency_data:
        seen = band.convert("RGBA")
        flat = new("RGB", seen.size, "white")
        flat.paste(seen, mask=seen.getchannel("A"))
        return flat
    return band.convert("RGB")


def _to_srgb(image: Image, profile: bytes | None) -> Image:
    """The colours as sRGB; without a profile, or with a broken one, they are taken as sRGB already."""
    if profile:
        from PIL import ImageCms

        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")


def _turn(image: Image, orientation: int) -> Image:
    from PIL.Image import Transpose

    turns: dict[int, Any] = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _scale(image: Image, width: int, height: int) -> Image:
    from PIL.Image import Resampling

    return image if image.size == (width, height) else image.resize((width, height), Resampling.LANCZOS)


def _jpeg(image: Image) -> MadeFile:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=JPEG_QUALITY, progressive=True, optimize=True)
    return MadeFile(image.width, image.height, "image/jpeg", "jpg", file.getvalue())


def _avif(image: Image) -> MadeFile:
    file = io.BytesIO()
    image.save(file, "AVIF", quality=AVIF_QUALITY, speed=AVIF_SPEED, max_threads=AVIF_THREADS)
    return MadeFile(image.width, image.height, "image/avif", "avif", file.getvalue())
