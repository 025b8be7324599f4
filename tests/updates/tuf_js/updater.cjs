// An application with tuf-js, sigstore's TUF client: it refreshes and downloads targets.
//
// node updater.cjs '{"directory": …, "metadata": …, "targets": …, "paths": […]}' prints what happened.
// `directory` holds `root.json`, which was packed into the application, and all that the client keeps.
"use strict"

const fs = require("node:fs")
const path = require("node:path")
const { Updater } = require("tuf-js")

const wanted = JSON.parse(process.argv[2])

async function update() {
  const updater = new Updater({
    metadataDir: wanted.directory,
    metadataBaseUrl: wanted.metadata,
    targetDir: wanted.directory,
    targetBaseUrl: wanted.targets,
    config: { fetchRetry: 0 },
  })
  await updater.refresh()
  const files = {}
  for (const name of wanted.paths) {
    const target = await updater.getTargetInfo(name)
    files[name] = target ? await updater.downloadTarget(target) : null
  }
  return files
}

const told = (error) => ({ error: error.message, files: {} })

update().then((files) => ({ error: null, files }), told).then((found) => {
  const kept = fs.readFileSync(path.join(wanted.directory, "root.json"), "utf8")
  console.log(JSON.stringify({ ...found, root: JSON.parse(kept).signed.version }))
})
