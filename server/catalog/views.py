"""How is the catalogue shown? Snapshots as views, with amounts written in the store's currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from engine.money import exponent, formatter
from server.catalog.offer_schemas import ListedOfferView
from server.catalog.parts import NamedView
from server.catalog.product import (
    CategoryNode,
    FacetCount,
    ImageDetail,
    ListedOffer,
    ManagedRow,
    Named,
    OfferDetail,
    OptionDetail,
    ProductCard,
    ProductDetail,
    VariantDetail,
)
from server.catalog.schemas import (
    AttributeFacetView,
    CountView,
    FacetsView,
    ImageView,
    ManagedProductView,
    ManagedRowView,
    ManagedVariantView,
    OfferView,
    PriceBandView,
    ProductCardView,
    ProductView,
    RatingView,
    VariantView,
)
from server.catalog.taxonomy_schemas import AttributeView, CategoryTreeView
from server.catalog.words import split_pair
from server.media.service import address

Write = Callable[[int], str]


def card_view(currency: str) -> Callable[[ProductCard], ProductCardView]:
    """How a product is shown in a list of this currency."""
    write = formatter(currency)

    def view(card: ProductCard) -> ProductCardView:
        return ProductCardView(
            id=card.id,
            slug=card.slug,
            name=card.name,
            price=write(card.price),
            list_price=write(card.list_price),
            currency=currency,
            on_sale=card.on_sale,
            in_stock=card.in_stock,
            image_url=image_url(card.image_id),
            brand=_pair_view(card.brand_slug, card.brand_name),
            category=_pair_view(card.category_path, card.category_name),
            seller=card.seller_slug,
            rating=rating_view(card.rating_sum, card.rating_count),
        )

    return view


def product_view(product: ProductDetail, currency: str) -> ProductView:
    """A product as customers see it."""
    write = formatter(currency)
    cheapest = min(product.variants, key=lambda variant: (variant.price, variant.list_price), default=None)
    return ProductView(
        id=product.id,
        slug=product.slug,
        name=product.name,
        description=product.description,
        brand=named_view(product.brand),
        categories=[NamedView(code=category.code, name=category.name) for category in product.categories],
        seller=named_view(product.seller),
        tags=product.tags,
        specifications=product.specifications,
        currency=currency,
        price=None if cheapest is None else write(cheapest.price),
        list_price=None if cheapest is None else write(cheapest.list_price),
        in_stock=any(variant.is_in_stock for variant in product.variants),
        options=[attribute_view(option) for option in product.options],
        attributes=[attribute_view(attribute) for attribute in product.attributes],
        images=[_image_view(image) for image in product.images],
        variants=[_variant_view(variant, write) for variant in product.variants],
        rating=rating_view(product.rating_sum, product.rating_count),
    )


def managed_view(product: ProductDetail, currency: str, *, with_costs: bool) -> ManagedProductView:
    """A product as those see it who change it."""
    write = formatter(currency)
    return ManagedProductView(
        id=product.id,
        slug=product.slug,
        name=product.name,
        description=product.description,
        status=product.status,
        brand=named_view(product.brand),
        category=named_view(product.categories[-1] if product.categories else None),
        seller=named_view(product.seller),
        tags=product.tags,
        tax_class=product.tax_class,
        specifications=product.specifications,
        currency=currency,
        options=[attribute_view(option) for option in product.options],
        attributes=[attribute_view(attribute) for attribute in product.attributes],
        images=[_image_view(image) for image in product.images],
        variants=[_managed_variant_view(variant, write, with_costs) for variant in product.variants],
        version=product.version,
        created_at=product.created_at,
        updated_at=product.updated_at,
    )


def managed_row_view(row: ManagedRow) -> ManagedRowView:
    """A product in the list of those who change it."""
    return ManagedRowView(**{name: getattr(row, name) for name in row.__struct_fields__})


def price_bounds(currency: str) -> list[int]:
    """Where price bands begin, in minor units: 0, then 1, 2, 5, 10, 20, 50 and so on in major units."""
    unit = 10 ** exponent(currency)
    return [0, *(unit * step * 10**power for power in range(9) for step in (1, 2, 5))]


def offer_view(currency: str) -> Callable[[ListedOffer], ListedOfferView]:
    """How an offer is shown in a list of this currency."""
    write = formatter(currency)

    def view(offer: ListedOffer) -> ListedOfferView:
        return ListedOfferView(
            id=offer.id,
            name=offer.name,
            state="running" if offer.is_running else "upcoming",
            starts_at=offer.starts_at,
            ends_at=offer.ends_at,
            price=write(offer.price),
            list_price=write(offer.list_price),
            currency=currency,
            product=NamedView(code=offer.product_slug, name=offer.product_name),
            variant_id=offer.variant_id,
            sku=offer.sku,
            options=dict(split_pair(pair) for pair in offer.option_pairs),
            in_stock=offer.in_stock,
            seller=offer.seller_slug,
            image_url=image_url(offer.image_id),
        )

    return view


def facets_view(counts: Sequence[FacetCount], currency: str) -> FacetsView:
    """The counts by facet."""
    by_facet: dict[str, list[FacetCount]] = defaultdict(list)
    for count in counts:
        by_facet[count.facet].append(count)
    return FacetsView(
        currency=currency,
        prices=_bands(by_facet["price"], currency),
        brands=[_count_view(count) for count in by_facet["brand"]],
        categories=[_count_view(count) for count in by_facet["category"]],
        attributes=[
            AttributeFacetView(code=facet.partition(":")[2], values=[_count_view(count) for count in found])
            for facet, found in by_facet.items()
            if facet.startswith("attribute:")
        ],
        in_stock=sum(count.products for count in by_facet["stock"]),
        on_sale=sum(count.products for count in by_facet["sale"]),
    )


def tree_view(nodes: Iterable[CategoryNode]) -> list[CategoryTreeView]:
    """The categories as a tree; siblings keep their order."""
    below: dict[UUID | None, list[CategoryNode]] = defaultdict(list)
    for node in nodes:
        below[node.parent_id].append(node)

    def view(node: CategoryNode) -> CategoryTreeView:
        return CategoryTreeView(
            id=node.id,
            path=node.path,
            slug=node.slug,
            name=node.name,
            products=node.products,
            children=[view(child) for child in below[node.id]],
        )

    return [view(root) for root in below[None]]


def attribute_view(option: OptionDetail) -> AttributeView:
    """An attribute with its values."""
    return AttributeView(
        code=option.code,
        name=option.name,
        values=[NamedView(code=value.code, name=value.name) for value in option.values],
    )


def named_view(named: Named | None) -> NamedView | None:
    """A code with its name."""
    return None if named is None else NamedView(code=named.code, name=named.name)


def rating_view(rating_sum: int, rating_count: int) -> RatingView:
    """The average to two digits."""
    return RatingView(average=round(rating_sum / rating_count, 2) if rating_count else None, count=rating_count)


def image_url(media_id: UUID | None) -> str | None:
    """Where the picture is, below the shop's own address."""
    return None if media_id is None else address(media_id)


def _bands(counts: Iterable[FacetCount], currency: str) -> list[PriceBandView]:
    write, bounds = formatter(currency), price_bounds(currency)
    return [
        PriceBandView(
            min=write(bounds[number - 1]),
            max=write(bounds[number]) if number < len(bounds) else None,
            products=products,
        )
        for number, products in sorted((int(count.code), count.products) for count in counts)
    ]


def _count_view(count: FacetCount) -> CountView:
    return CountView(code=count.code, name=count.name, products=count.products)


def _pair_view(code: str | None, name: str | None) -> NamedView | None:
    return None if code is None or name is None else NamedView(code=code, name=name)


def _image_view(image: ImageDetail) -> ImageView:
    return ImageView(
        id=image.id,
        variant_id=image.variant_id,
        url=address(image.id),
        alt=image.alt,
        width=image.width,
        height=image.height,
    )


def _offer_view(offer: OfferDetail, write: Write) -> OfferView:
    return OfferView(
        id=offer.id, name=offer.name, price=write(offer.price), starts_at=offer.starts_at, ends_at=offer.ends_at
    )


def _variant_view(variant: VariantDetail, write: Write) -> VariantView:
    return VariantView(
        id=variant.id,
        sku=variant.sku,
        name=variant.name,
        options=dict(split_pair(pair) for pair in variant.option_pairs),
        price=write(variant.price),
        list_price=write(variant.list_price),
        on_sale=variant.price < variant.list_price,
        in_stock=variant.is_in_stock,
        weight_g=variant.weight_g,
        volume_cm3=variant.volume_cm3,
        offers=[_offer_view(offer, write) for offer in variant.offers],
    )


def _managed_variant_view(variant: VariantDetail, write: Write, with_costs: bool) -> ManagedVariantView:
    def maybe(price: int | None) -> str | None:
        return None if price is None else write(price)

    return ManagedVariantView(
        id=variant.id,
        sku=variant.sku,
        name=variant.name,
        status=variant.status,
        options=dict(split_pair(pair) for pair in variant.option_pairs),
        price=write(variant.price),
        list_price=write(variant.list_price),
        sale_price=maybe(variant.sale_price),
        cost=maybe(variant.cost) if with_costs else None,
        floor_price=maybe(variant.floor_price) if with_costs else None,
        weight_g=variant.weight_g,
        volume_cm3=variant.volume_cm3,
        barcode=variant.barcode,
        on_hand=variant.on_hand,
        available=variant.on_hand - variant.reserved,
        offers=[_offer_view(offer, write) for offer in variant.offers],
    )
