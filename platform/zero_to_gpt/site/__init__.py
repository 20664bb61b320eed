"""What all pages share: base templates, static files, error pages, health. Imported by no other app."""
