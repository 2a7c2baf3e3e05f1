/**
 * Where the results of an export are to be found.
 *
 * @since 0.1.0
 */
import * as AnyMessage from "@effect-lro/core/AnyMessage"

/**
 * The `destinationUris` of a request: a page of Drive, Cloud Storage or Earth Engine's code editor. A request without a
 * destination, which Earth Engine would refuse, gets Drive's first page.
 *
 * @since 0.1.0
 * @category conversions
 */
export const uris = (message: AnyMessage.AnyMessage): ReadonlyArray<string> => {
  for (const option of options) {
    const destination = at(message, option)
    const bucket = textAt(at(destination, "cloudStorageDestination"), "bucket")
    if (bucket !== undefined) return [`https://console.cloud.google.com/storage/browser/${encodeURIComponent(bucket)}`]
    const asset = textAt(at(destination, "earthEngineDestination"), "name")
    if (asset !== undefined) return [`https://code.earthengine.google.com/?asset=${encodeURIComponent(asset)}`]
  }
  return ["https://drive.google.com/"]
}

const options = ["fileExportOptions", "tileExportOptions", "assetExportOptions"]

const at = (value: unknown, member: string): unknown => (AnyMessage.isAnyMessage(value) ? value[member] : undefined)

const textAt = (value: unknown, member: string): string | undefined => {
  const text = at(value, member)
  return typeof text === "string" && text !== "" && text.isWellFormed() ? text : undefined
}
