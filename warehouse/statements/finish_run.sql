UPDATE meta.run SET finished_at = ?, status = ?, rows = ?
