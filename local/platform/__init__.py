"""The desk's supervisor: starts the parts in order, keeps them alive, leaves none behind."""
