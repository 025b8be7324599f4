"""The clients that are generated from the OpenAPI documents, against a whole desk."""
