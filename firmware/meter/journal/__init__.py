"""What outlives a power cut: records on pages, rings of pages.  The design is docs/storage.md."""
