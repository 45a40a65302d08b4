"""Server-rendered pages that call the same actions as the API."""
