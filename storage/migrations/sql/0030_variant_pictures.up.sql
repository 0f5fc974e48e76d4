-- Which variant a picture shows; null: the product as a whole. Without the variant it goes on showing the product.
ALTER TABLE product_images ADD COLUMN variant_id uuid;
ALTER TABLE product_images ADD CONSTRAINT product_images_store_id_variant_id_fkey
    FOREIGN KEY (store_id, variant_id) REFERENCES variants (store_id, id) ON DELETE SET NULL (variant_id);
CREATE INDEX product_images_by_variant ON product_images (store_id, variant_id) WHERE variant_id IS NOT NULL;
