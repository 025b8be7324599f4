"""The desk's edge: nginx, where the cloud has two CloudFront distributions, and what invalidates copies."""
