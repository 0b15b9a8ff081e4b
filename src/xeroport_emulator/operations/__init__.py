"""What answers an operation: reads, writes, files, notes, documents."""
