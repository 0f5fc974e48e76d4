"""Why can a use case of the catalogue not go on?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

PRODUCT_UNKNOWN: Final = ErrorCode("product_unknown", Kind.NOT_FOUND, "There is no such product")
VARIANT_UNKNOWN: Final = ErrorCode("variant_unknown", Kind.NOT_FOUND, "There is no such variant")
OFFER_UNKNOWN: Final = ErrorCode("offer_unknown", Kind.NOT_FOUND, "There is no such offer")
CATEGORY_UNKNOWN: Final = ErrorCode("category_unknown", Kind.NOT_FOUND, "There is no such category")
BRAND_UNKNOWN: Final = ErrorCode("brand_unknown", Kind.NOT_FOUND, "There is no such brand")
SELLER_UNKNOWN: Final = ErrorCode("seller_unknown", Kind.NOT_FOUND, "There is no such seller")
ATTRIBUTE_UNKNOWN: Final = ErrorCode("attribute_unknown", Kind.NOT_FOUND, "There is no such attribute or value")
IMAGE_UNKNOWN: Final = ErrorCode("image_unknown", Kind.NOT_FOUND, "There is no such image")

FILTER_INVALID: Final = ErrorCode("filter_invalid", Kind.INVALID, "A filter of the list makes no sense")
PRODUCT_INVALID: Final = ErrorCode("product_invalid", Kind.INVALID, "The product cannot be like this")
TAXON_INVALID: Final = ErrorCode("taxon_invalid", Kind.INVALID, "The entry cannot be like this")
TOO_MANY_VARIANTS: Final = ErrorCode("too_many_variants", Kind.INVALID, "The product would have too many variants")
TOO_MANY_IMAGES: Final = ErrorCode("too_many_images", Kind.INVALID, "The product would have too many pictures")

SLUG_TAKEN: Final = ErrorCode("slug_taken", Kind.CONFLICT, "Something else has this slug or code")
SKU_TAKEN: Final = ErrorCode("sku_taken", Kind.CONFLICT, "Another variant has this SKU")
VARIANT_EXISTS: Final = ErrorCode("variant_exists", Kind.CONFLICT, "The product has a variant with these options")
OFFER_OVERLAPS: Final = ErrorCode("offer_overlaps", Kind.CONFLICT, "Another offer of the variant is on at that time")
STILL_USED: Final = ErrorCode("still_used", Kind.CONFLICT, "It cannot be deleted while it is used")

NOT_A_SELLER: Final = ErrorCode("not_a_seller", Kind.FORBIDDEN, "You do not sell in this store")
RESERVED_FOR_STAFF: Final = ErrorCode("reserved_for_staff", Kind.FORBIDDEN, "Only the shop itself may set this")
