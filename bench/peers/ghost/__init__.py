"""Ghost as a peer of the blog: installed by the lock that it brings, with the Node.js that it asks for."""
