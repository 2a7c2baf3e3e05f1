/**
 * The methods that start an operation, as data: what a client sends and what an emulator accepts are both made from it.
 *
 * @since 0.1.0
 */
import type * as StartRequest from "./StartRequest.js"

/**
 * How a member of a request stands in JSON. `string` is used for enums too.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = "string" | "strings" | "message" | "boolean" | "int32" | "int64" | "double"

/**
 * A method `POST /v1/{project=projects/*}/<noun>:<verb>` that answers an operation. `Request` is the type of its body.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartMethod<in out Request> {
  /** What follows the project in the path, such as `image:export`. */
  readonly path: string
  /** The `type` that the operation's metadata will tell. */
  readonly type: string
  /** The members of the request. A server refuses any other. */
  readonly members: { readonly [K in keyof Request]-?: Kind }
}

/**
 * Any of the methods, whatever its request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any {
  readonly path: string
  readonly type: string
  readonly members: { readonly [member: string]: Kind }
}

const common = { description: "string", requestId: "string" } as const

const exported = {
  ...common,
  expression: "message",
  priority: "int32",
  workloadTag: "string",
  maxWorkers: "int32"
} as const

/**
 * `image:export`.
 *
 * @since 0.1.0
 * @category constants
 */
export const exportImage: StartMethod<StartRequest.ExportImageRequest> = {
  path: "image:export",
  type: "EXPORT_IMAGE",
  members: {
    ...exported,
    fileExportOptions: "message",
    assetExportOptions: "message",
    grid: "message",
    maxPixels: "int64"
  }
}

/**
 * `table:export`.
 *
 * @since 0.1.0
 * @category constants
 */
export const exportTable: StartMethod<StartRequest.ExportTableRequest> = {
  path: "table:export",
  type: "EXPORT_FEATURES",
  members: {
    ...exported,
    fileExportOptions: "message",
    assetExportOptions: "message",
    featureViewExportOptions: "message",
    bigqueryExportOptions: "message",
    selectors: "strings",
    maxErrorMeters: "double",
    maxVertices: "int32",
    policy: "message"
  }
}

/**
 * `video:export`.
 *
 * @since 0.1.0
 * @category constants
 */
export const exportVideo: StartMethod<StartRequest.ExportVideoRequest> = {
  path: "video:export",
  type: "EXPORT_VIDEO",
  members: { ...exported, fileExportOptions: "message", videoOptions: "message" }
}

/**
 * `map:export`.
 *
 * @since 0.1.0
 * @category constants
 */
export const exportMap: StartMethod<StartRequest.ExportMapRequest> = {
  path: "map:export",
  type: "EXPORT_TILES",
  members: { ...exported, tileExportOptions: "message", tileOptions: "message" }
}

/**
 * `videoMap:export`.
 *
 * @since 0.1.0
 * @category constants
 */
export const exportVideoMap: StartMethod<StartRequest.ExportVideoMapRequest> = {
  path: "videoMap:export",
  type: "EXPORT_VIDEO_MAP",
  members: {
    ...exported,
    tileExportOptions: "message",
    tileOptions: "message",
    videoOptions: "message",
    version: "string"
  }
}

/**
 * `classifier:export`.
 *
 * @since 0.1.0
 * @category constants
 */
export const exportClassifier: StartMethod<StartRequest.ExportClassifierRequest> = {
  path: "classifier:export",
  type: "EXPORT_CLASSIFIER",
  members: { ...exported, assetExportOptions: "message" }
}

/**
 * `image:import`.
 *
 * @since 0.1.0
 * @category constants
 */
export const importImage: StartMethod<StartRequest.ImportImageRequest> = {
  path: "image:import",
  type: "INGEST_IMAGE",
  members: { ...common, imageManifest: "message", overwrite: "boolean", mode: "string" }
}

/**
 * `table:import`.
 *
 * @since 0.1.0
 * @category constants
 */
export const importTable: StartMethod<StartRequest.ImportTableRequest> = {
  path: "table:import",
  type: "INGEST_TABLE",
  members: { ...common, tableManifest: "message", overwrite: "boolean" }
}

/**
 * All of them.
 *
 * @since 0.1.0
 * @category constants
 */
export const all: ReadonlyArray<Any> = [
  exportImage,
  exportTable,
  exportVideo,
  exportMap,
  exportVideoMap,
  exportClassifier,
  importImage,
  importTable
]

/**
 * What a `workloadTag` looks like; an empty one is none.
 *
 * @since 0.1.0
 * @category constants
 */
export const workloadTagPattern: RegExp = /^(?:[a-z0-9]|[a-z0-9][-_a-z0-9]{0,61}[a-z0-9])$/

/**
 * The least and the greatest `priority`.
 *
 * @since 0.1.0
 * @category constants
 */
export const priorityRange = { minimum: 0, maximum: 9999 } as const
