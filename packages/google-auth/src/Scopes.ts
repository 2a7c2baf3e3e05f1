/**
 * The OAuth scopes that google.longrunning's methods take.
 *
 * @since 0.1.0
 */

/**
 * Everything that the account may do in Google Cloud. Every method of Earth Engine takes it, and so does Cloud Storage
 * where an export writes to it.
 *
 * @since 0.1.0
 * @category constants
 */
export const cloudPlatform = "https://www.googleapis.com/auth/cloud-platform"

/**
 * Earth Engine alone: enough to start, watch and stop operations, not to write to Cloud Storage.
 *
 * @since 0.1.0
 * @category constants
 */
export const earthEngine = "https://www.googleapis.com/auth/earthengine"

const default_: readonly [string] = [cloudPlatform]

export {
  /**
   * What sources of tokens ask for: `cloud-platform`.
   *
   * @since 0.1.0
   * @category constants
   */
  default_ as default
}
