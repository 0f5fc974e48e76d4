-- What a store sells: sellers, brands, categories, attributes, products, variants, timed offers and stock.

CREATE TABLE sellers (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    slug text NOT NULL,
    name text NOT NULL,
    user_id uuid,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, slug),
    FOREIGN KEY (store_id, user_id) REFERENCES users (store_id, id)
);
CREATE UNIQUE INDEX sellers_one_per_user ON sellers (store_id, user_id) WHERE user_id IS NOT NULL;
CREATE TRIGGER sellers_touch BEFORE UPDATE ON sellers FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('sellers');

CREATE TABLE brands (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    slug text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, slug)
);
CREATE TRIGGER brands_touch BEFORE UPDATE ON brands FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('brands');

-- A tree by parent; `path` is the slugs from the root ("clothing/socks"), which is what rules read.
CREATE TABLE categories (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    parent_id uuid,
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9_-]*$'),
    name text NOT NULL,
    path text NOT NULL,
    position integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, path),
    FOREIGN KEY (store_id, parent_id) REFERENCES categories (store_id, id),
    CHECK (path = slug OR path LIKE '%/' || slug)
);
CREATE INDEX categories_by_parent ON categories (store_id, parent_id, position);
CREATE TRIGGER categories_touch BEFORE UPDATE ON categories FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('categories');

-- Colour, size: what products differ by.
CREATE TABLE attributes (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9_-]*$'),
    name text NOT NULL,
    position integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, code)
);
CREATE TRIGGER attributes_touch BEFORE UPDATE ON attributes FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('attributes');

CREATE TABLE attribute_values (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    attribute_id uuid NOT NULL,
    code text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9_.-]*$'),
    name text NOT NULL,
    position integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, attribute_id, code),
    UNIQUE (store_id, attribute_id, id),
    FOREIGN KEY (store_id, attribute_id) REFERENCES attributes (store_id, id) ON DELETE CASCADE
);
SELECT make_tenant_table('attribute_values');

CREATE TABLE products (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    slug text NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    description text NOT NULL DEFAULT '',
    brand_id uuid,
    category_id uuid,
    seller_id uuid,
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'active', 'archived')),
    tags text[] NOT NULL DEFAULT '{}',
    tax_class text NOT NULL DEFAULT 'standard',
    specifications jsonb NOT NULL DEFAULT '{}',
    -- Kept by the catalogue room for lists, facets and search: "colour:red" pairs of all values, and the folded
    -- words (NFKD, no accents, lower case) of the name, a line break, then those of brand, category, tags and SKUs.
    attribute_pairs text[] NOT NULL DEFAULT '{}',
    search_text text NOT NULL DEFAULT '',
    -- Words of the name count more than the others. The store's own lexeme lets one index serve many stores: its
    -- entries for a word are cut down to the store's before any row is read.
    search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', split_part(search_text, E'\n', 1)), 'A')
        || to_tsvector('simple', split_part(search_text, E'\n', 2))
        || array_to_tsvector(ARRAY['store' || replace(store_id::text, '-', '')])
    ) STORED,
    rating_sum bigint NOT NULL DEFAULT 0 CHECK (rating_sum >= 0),
    rating_count integer NOT NULL DEFAULT 0 CHECK (rating_count >= 0),
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, slug),
    FOREIGN KEY (store_id, brand_id) REFERENCES brands (store_id, id),
    FOREIGN KEY (store_id, category_id) REFERENCES categories (store_id, id),
    FOREIGN KEY (store_id, seller_id) REFERENCES sellers (store_id, id)
);
CREATE INDEX products_live_by_time ON products (store_id, created_at DESC, id DESC) WHERE status = 'active';
CREATE INDEX products_by_brand ON products (store_id, brand_id);
CREATE INDEX products_by_category ON products (store_id, category_id);
CREATE INDEX products_by_seller ON products (store_id, seller_id);
CREATE INDEX products_search ON products USING gin (search);
CREATE INDEX products_tags ON products USING gin (tags);
CREATE INDEX products_attribute_pairs ON products USING gin (attribute_pairs);
CREATE TRIGGER products_touch BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('products');

-- The attributes a product's variants differ by, in order.
CREATE TABLE product_options (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    product_id uuid NOT NULL,
    attribute_id uuid NOT NULL,
    position integer NOT NULL DEFAULT 0,
    UNIQUE (store_id, product_id, attribute_id),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, attribute_id) REFERENCES attributes (store_id, id)
);
SELECT make_tenant_table('product_options');

-- Values a whole product has (material: wool), as opposed to those its variants differ by.
CREATE TABLE product_attribute_values (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    product_id uuid NOT NULL,
    value_id uuid NOT NULL,
    UNIQUE (store_id, product_id, value_id),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, value_id) REFERENCES attribute_values (store_id, id)
);
CREATE INDEX product_attribute_values_by_value ON product_attribute_values (store_id, value_id);
SELECT make_tenant_table('product_attribute_values');

CREATE TABLE product_images (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    product_id uuid NOT NULL,
    media_id uuid NOT NULL,
    alt text NOT NULL DEFAULT '',
    position integer NOT NULL DEFAULT 0,
    UNIQUE (store_id, product_id, media_id),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE,
    FOREIGN KEY (store_id, media_id) REFERENCES media (store_id, id)
);
SELECT make_tenant_table('product_images');

CREATE TABLE variants (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    product_id uuid NOT NULL,
    sku text NOT NULL CHECK (length(sku) BETWEEN 1 AND 100),
    name text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    -- Minor units of the store's currency.
    list_price bigint NOT NULL CHECK (list_price >= 0),
    sale_price bigint CHECK (sale_price >= 0),
    cost bigint CHECK (cost >= 0),
    floor_price bigint CHECK (floor_price >= 0),
    weight_g integer CHECK (weight_g >= 0),
    volume_cm3 integer CHECK (volume_cm3 >= 0),
    barcode text,
    -- The chosen value of each option, as "colour:red", sorted; unique within the product.
    option_pairs text[] NOT NULL DEFAULT '{}',
    position integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, sku),
    UNIQUE (store_id, product_id, option_pairs),
    FOREIGN KEY (store_id, product_id) REFERENCES products (store_id, id) ON DELETE CASCADE,
    CHECK (sale_price IS NULL OR sale_price <= list_price)
);
CREATE INDEX variants_by_product ON variants (store_id, product_id, position);
CREATE TRIGGER variants_touch BEFORE UPDATE ON variants FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('variants');

-- A price for a while: [starts_at, ends_at). Offers of one variant never overlap; the catalogue room sees to it
-- under a lock on the variant.
CREATE TABLE offers (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    variant_id uuid NOT NULL,
    name text NOT NULL,
    price bigint NOT NULL CHECK (price >= 0),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    FOREIGN KEY (store_id, variant_id) REFERENCES variants (store_id, id) ON DELETE CASCADE,
    CHECK (starts_at < ends_at)
);
CREATE INDEX offers_by_variant ON offers (store_id, variant_id, ends_at);
CREATE TRIGGER offers_touch BEFORE UPDATE ON offers FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('offers');

-- Narrow and apart from variants, because it is written by every order.
CREATE TABLE stock_levels (
    variant_id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    on_hand integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    low_stock_threshold integer CHECK (low_stock_threshold >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (store_id, variant_id) REFERENCES variants (store_id, id) ON DELETE CASCADE,
    CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);
CREATE INDEX stock_levels_by_store ON stock_levels (store_id, variant_id);
CREATE TRIGGER stock_levels_touch BEFORE UPDATE ON stock_levels
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
SELECT make_tenant_table('stock_levels');

-- The ledger: every change of what is on hand, once per reference, reason and variant. Rows are only ever added.
CREATE TABLE stock_movements (
    id uuid PRIMARY KEY,
    store_id uuid NOT NULL REFERENCES stores (id),
    variant_id uuid NOT NULL,
    delta integer NOT NULL CHECK (delta <> 0),
    on_hand_after integer NOT NULL CHECK (on_hand_after >= 0),
    reason text NOT NULL CHECK (
        reason IN ('received', 'counted', 'damaged', 'lost', 'found', 'imported', 'sold', 'returned', 'other')),
    reference_type text NOT NULL,
    reference_id text NOT NULL,
    note text,
    actor_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (store_id, id),
    UNIQUE (store_id, reference_type, reference_id, reason, variant_id),
    FOREIGN KEY (store_id, variant_id) REFERENCES variants (store_id, id) ON DELETE CASCADE
);
CREATE INDEX stock_movements_by_variant ON stock_movements (store_id, variant_id, created_at DESC, id DESC);
SELECT make_tenant_table('stock_movements');
REVOKE UPDATE, DELETE ON stock_movements FROM sostech_app;
