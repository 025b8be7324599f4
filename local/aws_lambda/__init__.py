"""Lambda and API Gateway on this machine: the very package, under AWS's own runtime client."""
