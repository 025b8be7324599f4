// PocketBase opens SQLite with synchronous = NORMAL, which loses the last commits in a power cut. Here
// its one writing connection waits for the disk at each commit, as the other side of the comparison does.
onBootstrap((e) => {
  e.next();
  $app.nonconcurrentDB().newQuery("PRAGMA synchronous = FULL").execute();
});

// So that the bench can see it.
routerAdd("GET", "/bench/synchronous", (e) => {
  const row = new DynamicModel({ synchronous: -1 });
  $app.nonconcurrentDB().newQuery("PRAGMA synchronous").one(row);
  return e.json(200, { synchronous: row.synchronous });
});
