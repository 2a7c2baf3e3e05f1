/**
 * The requests that start an operation: exports and imports, with the members that Earth Engine's own clients send.
 *
 * What lies deeper than a destination is left open: Earth Engine checks it, and grows there.
 *
 * @since 0.1.0
 */

/**
 * A message of which this library does not know the inside.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  readonly [member: string]: unknown
}

/**
 * A computation, as Earth Engine's clients serialize it: `values` by name, of which `result` names the one that counts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Expression extends Message {
  readonly values: { readonly [name: string]: unknown }
  readonly result?: string | undefined
}

/**
 * What all requests have.
 *
 * @since 0.1.0
 * @category models
 */
export interface Common {
  /** The task's name. */
  readonly description?: string | undefined
  /**
   * Makes the start safe to repeat: a second request with the same id answers the operation of the first (AIP-155).
   * Ideally a random UUID; none by default, and then a lost answer may have started the task.
   */
  readonly requestId?: string | undefined
}

/**
 * What all exports have.
 *
 * @since 0.1.0
 * @category models
 */
export interface Export extends Common {
  /** What to compute. */
  readonly expression: Expression
  /** 0 to 9999, 100 by default; higher runs sooner. Another than 100 needs a project that pays. */
  readonly priority?: number | undefined
  /** Up to 63 of `a-z`, `0-9`, `-` and `_`, beginning and ending with a letter or digit. None by default. */
  readonly workloadTag?: string | undefined
  readonly maxWorkers?: number | undefined
}

/**
 * Where an export puts files. One of the destinations is needed.
 *
 * @since 0.1.0
 * @category models
 */
export interface FileExportOptions extends Message {
  /** Such as `GEO_TIFF`, `TF_RECORD_IMAGE`, `CSV`, `MP4`. */
  readonly fileFormat?: string | undefined
  readonly driveDestination?: { readonly folder?: string | undefined; readonly filenamePrefix?: string | undefined }
  readonly cloudStorageDestination?: { readonly bucket: string; readonly filenamePrefix?: string | undefined }
}

/**
 * Which asset an export makes.
 *
 * @since 0.1.0
 * @category models
 */
export interface AssetExportOptions extends Message {
  /** `name` is `projects/PROJECT/assets/ID`. */
  readonly earthEngineDestination?: { readonly name: string; readonly overwrite?: boolean | undefined }
}

/**
 * The request of `image:export`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExportImageRequest extends Export {
  readonly fileExportOptions?: FileExportOptions | undefined
  readonly assetExportOptions?: AssetExportOptions | undefined
  readonly grid?: Message | undefined
  /** An int64, which ProtoJSON writes as a decimal string. */
  readonly maxPixels?: string | undefined
}

/**
 * The request of `table:export`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExportTableRequest extends Export {
  readonly fileExportOptions?: FileExportOptions | undefined
  readonly assetExportOptions?: AssetExportOptions | undefined
  readonly featureViewExportOptions?: Message | undefined
  readonly bigqueryExportOptions?: Message | undefined
  readonly selectors?: ReadonlyArray<string> | undefined
  readonly maxErrorMeters?: number | undefined
  readonly maxVertices?: number | undefined
  readonly policy?: Message | undefined
}

/**
 * The request of `video:export`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExportVideoRequest extends Export {
  readonly fileExportOptions?: FileExportOptions | undefined
  readonly videoOptions?: Message | undefined
}

/**
 * The request of `map:export`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExportMapRequest extends Export {
  readonly tileExportOptions?: FileExportOptions | undefined
  readonly tileOptions?: Message | undefined
}

/**
 * The request of `videoMap:export`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExportVideoMapRequest extends ExportMapRequest {
  readonly videoOptions?: Message | undefined
  /** `V1` or `V2`. */
  readonly version?: string | undefined
}

/**
 * The request of `classifier:export`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExportClassifierRequest extends Export {
  readonly assetExportOptions?: AssetExportOptions | undefined
}

/**
 * The request of `image:import`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImportImageRequest extends Common {
  readonly imageManifest: Message
  /** Whether an existing asset is replaced; `false` by default. */
  readonly overwrite?: boolean | undefined
  /** `INGEST` or `VIRTUAL`. */
  readonly mode?: string | undefined
}

/**
 * The request of `table:import`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImportTableRequest extends Common {
  readonly tableManifest: Message
  /** Whether an existing asset is replaced; `false` by default. */
  readonly overwrite?: boolean | undefined
}
