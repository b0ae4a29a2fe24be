SELECT version_key, content_hash FROM meta.build
