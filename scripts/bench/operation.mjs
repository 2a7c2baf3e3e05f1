// The operations that the stand-in server has, known by their number. Its answers weigh what those of Earth Engine do.

export const project = "bench"

const prefix = `projects/${project}/operations/`

/** All names have the same length, so that all answers have. */
export const nameOf = (index) => prefix + String(index).padStart(24, "0")

/** `NaN` where a name is none of these. */
export const indexOf = (name) => (name.startsWith(prefix) ? Number(name.slice(prefix.length)) : NaN)

const metadata = (state, more) =>
  JSON.stringify({
    "@type": "type.googleapis.com/google.earthengine.v1.OperationMetadata",
    state,
    description: "Export of the mean NDVI of the growing season, 10 m, tile 33UVP",
    priority: 100,
    createTime: "2025-05-06T07:08:09.123456Z",
    startTime: "2025-05-06T07:08:31.654321Z",
    updateTime: "2025-05-06T07:21:44.777888Z",
    ...more,
    type: "EXPORT_IMAGE",
    attempt: 1,
    progress: 0.41,
    stages: [
      {
        displayName: "Create Local Files",
        completeWorkUnits: 412.5,
        totalWorkUnits: 1000,
        description: "Computation and writing of temporary files."
      },
      {
        displayName: "Write Files to Destination",
        completeWorkUnits: 0,
        totalWorkUnits: 1,
        description: "Uploading of files to the export destination."
      }
    ],
    batchEecuUsageSeconds: 13_721.375,
    destinationUris: ["https://console.developers.google.com/storage/browser/bench-exports/ndvi/2025/33UVP/"],
    scriptUri: "https://code.earthengine.google.com/0123456789abcdef0123456789abcdef",
    labels: { season: "2025", tile: "33uvp", pipeline: "ndvi-mean" }
  })

const split = (state, rest) => [`{"name":"`, `","metadata":${metadata(state)}${rest}}`]

const cancelled = `,"done":true,"error":{"code":1,"message":"Cancelled."}`

const forms = {
  running: split("RUNNING", ""),
  cancelling: split("CANCELLING", ""),
  cancelled: split("CANCELLED", cancelled)
}

const slimForms = {
  running: [`{"name":"`, `"}`],
  cancelling: [`{"name":"`, `"}`],
  cancelled: [`{"name":"`, `"${cancelled}}`]
}

/** The JSON of an operation, or what a `fields` mask of name, done and error leaves of it. */
export const jsonOf = (index, state, isSlim = false) => {
  const [head, tail] = (isSlim ? slimForms : forms)[state]
  return head + nameOf(index) + tail
}

export const metadataOf = (state) => metadata(state)
