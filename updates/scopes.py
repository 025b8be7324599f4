"""Which publish jobs wait for each other, and what they are called. Pure."""

PRODUCT = "updates.product"
REMOVAL = "updates.removal"
HOME = "updates.home"
HOME_SCOPE = "updates"


def scope_of(product_slug: str) -> str:
    """One publish of a product at a time."""
    return f"updates:{product_slug}"
