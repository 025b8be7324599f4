"""What goes into a package and what stays out. Tests hold every line to its purpose."""

from __future__ import annotations

# Distributions of uv.lock that a function never imports: Zappa's own deploying needs them.
NOT_IN_THE_FUNCTION = frozenset(
    {
        "argcomplete",
        "cfn-flip",
        "charset-normalizer",
        "click",
        "colorama",
        "hjson",
        "pip",
        "placebo",
        "pycparser",
        "python-slugify",
        # DRF imports it wherever it is, for a client of its tests.
        "requests",
        "setuptools",
        "text-unidecode",
        "toml",
        "tqdm",
        "troposphere",
        "tzdata",
        "wheel",
    }
)
# Distributions that only some services import.
NEEDED_BY = {
    "pillow": frozenset({"blog"}),
    "securesystemslib": frozenset({"updates"}),
    "tuf": frozenset({"updates"}),
}

# botocore knows all of AWS; these are the services that this code asks by clients of boto3.
BOTOCORE_DATA = frozenset({"cloudfront", "kms", "s3", "ses", "sesv2", "sqs", "sts"})
BOTO3_DATA = frozenset({"s3"})
# Of libraries' translations; those of settings.LANGUAGES.
LANGUAGES = frozenset({"en"})

# Globs below the directory of the libraries. Static files are in the public bucket.
TRIMMED = (
    ".lock",
    "bin",
    "boto3/examples",
    "django/contrib/gis",
    "*/static",
    "django/contrib/*/static",
    "*/tests",
    "**/*.c",
    "**/*.h",
    "**/*.pxd",
    "**/*.pyi",
    "**/*.pyx",
    "**/py.typed",
    # What pip and uv keep for themselves.
    "*.dist-info/INSTALLER",
    "*.dist-info/RECORD",
    "*.dist-info/REQUESTED",
    "*.dist-info/WHEEL",
    "*.dist-info/direct_url.json",
    "*.dist-info/sboms",
    "*.dist-info/top_level.txt",
    "*.dist-info/uv_cache.json",
    "*.dist-info/zip-safe",
)

# Of this repository's rooms: what a function does not read. Static files are in the public bucket.
LEFT_AT_HOME = ("README.md", "__pycache__", "*.pyc", "static", "test_runner.py")
