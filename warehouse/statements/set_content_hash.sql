UPDATE meta.build SET content_hash = ?
