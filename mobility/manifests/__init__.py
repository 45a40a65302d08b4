"""The run as handed to the driver: data, page text and PDF."""
