DROP TABLE replay_jobs, cart_collection_parts, cart_collections;
