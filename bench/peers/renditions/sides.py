"""`python -m bench.peers.renditions.sides FILE pyvips|willow`: prints seconds and megabytes, as JSON.

libvips asks the JPEG for a size near the wanted one, once for each width, and keeps what it got for both
formats; Willow opens the original for each file and decodes it whole, as Wagtail does. JPEG at quality 80,
progressive and with tables of its own; AVIF at quality 60, in libvips with effort 0 (aom's speed 9), in
Willow at Pillow's own speed, since it passes none on.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

WIDTHS = (2048, 1280, 640, 320)
FAR = 10_000_000


def by_vips(path: str) -> Iterator[bytes]:
    """Two files of each width."""
    import pyvips  # type: ignore[import-not-found]  # in an environment of its own

    for width in WIDTHS:
        made: Any = pyvips.Image.thumbnail(path, width, height=FAR, output_profile="srgb")
        image = made.copy_memory()
        yield image.jpegsave_buffer(Q=80, interlace=True, optimize_coding=True, keep="none")
        yield image.heifsave_buffer(compression="av1", Q=60, effort=0, keep="none")


def by_willow(path: str) -> Iterator[bytes]:
    """The same, as renditions of Wagtail with `width-…|format-…` are made."""
    from willow.image import Image  # type: ignore[import-not-found]  # the same

    for width in WIDTHS:
        for form in ("jpeg", "avif"):
            with open(path, "rb") as original:
                image: Any = Image.open(original).auto_orient()
                high = round(image.get_size()[1] * width / image.get_size()[0])
                image = image.resize((width, high))
                file = io.BytesIO()
                if form == "jpeg":
                    image.save_as_jpeg(file, quality=80, progressive=True, optimize=True)
                else:
                    image.save_as_avif(file, quality=60)
            yield file.getvalue()


SIDES: dict[str, Callable[[str], Iterator[bytes]]] = {"pyvips": by_vips, "willow": by_willow}


def main() -> None:
    """Make them, and say what it took."""
    path, how = sys.argv[1:]
    began = time.perf_counter()
    files = list(SIDES[how](path))
    seconds = time.perf_counter() - began
    if len(files) != 2 * len(WIDTHS) or not all(files):
        raise RuntimeError(f"{how} made {len(files)} files.")
    # Not `ru_maxrss`, which begins with that of the process that this one was forked from.
    with open("/proc/self/status", encoding="ascii") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps([seconds, peak / 1024]))


if __name__ == "__main__":
    main()
