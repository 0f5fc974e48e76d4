DROP TABLE stock_movements, stock_levels, offers, variants, product_images, product_attribute_values,
    product_options, products, attribute_values, attributes, categories, brands, sellers;
