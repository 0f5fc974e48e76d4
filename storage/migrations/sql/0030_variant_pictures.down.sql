DROP INDEX product_images_by_variant;
ALTER TABLE product_images DROP COLUMN variant_id;
