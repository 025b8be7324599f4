// The real electron-updater without Electron: an application that looks for an update and downloads it.
//
// node updater.cjs '{"platform": "win32", "version": "1.0.0", "feed": …, "directory": …}' prints what happened.
"use strict"

const fs = require("node:fs")
const http = require("node:http")
const path = require("node:path")

const wanted = JSON.parse(process.argv[2])
Object.defineProperty(process, "platform", { value: wanted.platform })
Object.defineProperty(process, "arch", { value: wanted.arch ?? "x64" })
process.resourcesPath = wanted.directory
process.env.APPIMAGE = `${wanted.directory}/app.AppImage`

// What MacUpdater hands a file to once it is downloaded: Squirrel, which only a Mac has.
const Module = require("node:module")
const load = Module._load
Module._load = (name, ...rest) =>
  name === "electron" ? { autoUpdater: new (require("node:events"))() } : load(name, ...rest)

const { HttpExecutor, configureRequestOptions, configureRequestUrl } = require("builder-util-runtime")
const { AppImageUpdater } = require("electron-updater/out/AppImageUpdater")
const { NsisUpdater } = require("electron-updater/out/NsisUpdater")
const { MacUpdater } = require("electron-updater/out/MacUpdater")

const requests = []

// Electron's own speaks through Chromium; this one through Node. Both only carry bytes.
class NodeExecutor extends HttpExecutor {
  createRequest(options, callback) {
    const entry = { path: options.path, range: options.headers?.range ?? options.headers?.Range ?? null }
    requests.push(entry)
    return http.request(options, (response) => {
      entry.status = response.statusCode
      entry.bytes = 0
      response.on("data", (chunk) => (entry.bytes += chunk.length))
      callback(response)
    })
  }

  async download(url, destination, options) {
    return await options.cancellationToken.createPromise((resolve, reject, onCancel) => {
      const requestOptions = { headers: options.headers || undefined, redirect: "manual" }
      configureRequestUrl(url, requestOptions)
      configureRequestOptions(requestOptions)
      const callback = (error) => (error == null ? resolve(destination) : reject(error))
      this.doDownload(requestOptions, { destination, options, onCancel, callback, responseHandler: null }, 0)
    })
  }
}

function makeUpdater() {
  const { directory, version } = wanted
  fs.mkdirSync(path.join(directory, "cache", "pending"), { recursive: true })
  fs.writeFileSync(path.join(directory, "app-update.yml"), "updaterCacheDirName: pending\n")
  if (wanted.stagingId) {
    fs.writeFileSync(path.join(directory, ".updaterId"), wanted.stagingId)
  }
  const app = {
    version,
    name: "app",
    isPackaged: true,
    appUpdateConfigPath: path.join(directory, "app-update.yml"),
    userDataPath: directory,
    baseCachePath: path.join(directory, "cache"),
    whenReady: async () => {},
    relaunch: () => {},
    quit: () => {},
    onQuit: () => {},
  }
  const kinds = { win32: NsisUpdater, linux: AppImageUpdater, darwin: MacUpdater }
  const updater = new kinds[wanted.platform](null, app)
  updater.logger = { info: note, warn: note, error: note, debug: note }
  updater.autoDownload = false
  updater.httpExecutor = new NodeExecutor()
  updater.setFeedURL({ provider: "generic", url: wanted.feed, useMultipleRangeRequest: false })
  if (wanted.channel) {
    updater.channel = wanted.channel
  }
  if (wanted.installed) {
    fs.copyFileSync(wanted.installed, path.join(directory, "cache", "pending", "installer.exe"))
  }
  return updater
}

const notes = []
function note(text) {
  notes.push(String(text))
}

async function main() {
  const updater = makeUpdater()
  updater.on("error", () => {})
  const result = { version: null, file: null, error: null }
  try {
    const found = await updater.checkForUpdates()
    result.version = found.updateInfo.version
    result.isAvailable = found.isUpdateAvailable
    result.notes = found.updateInfo.releaseNotes ?? null
    if (found.isUpdateAvailable && wanted.download) {
      result.file = (await updater.downloadUpdate())[0]
    }
  } catch (error) {
    result.error = error.code ?? String(error)
  }
  process.stdout.write(JSON.stringify({ ...result, requests, log: notes }))
  process.exit(0)
}

main()
