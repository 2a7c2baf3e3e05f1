/**
 * Earth Engine's REST service, as data.
 *
 * @since 0.1.0
 */
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as OperationMetadata from "./OperationMetadata.js"
import * as StartMethod from "./StartMethod.js"

/**
 * Where the service is by default.
 *
 * @since 0.1.0
 * @category constants
 */
export const standardEndpoint = "https://earthengine.googleapis.com"

/**
 * The same service for many small requests at a time, with quotas and caching of its own.
 *
 * @since 0.1.0
 * @category constants
 */
export const highVolumeEndpoint = "https://earthengine-highvolume.googleapis.com"

/**
 * OAuth scopes of the operations methods: any one is enough. The read-only scope is not among them, not even to look.
 *
 * @since 0.1.0
 * @category constants
 */
export const scopes = [
  "https://www.googleapis.com/auth/earthengine",
  "https://www.googleapis.com/auth/cloud-platform"
] as const

/**
 * The id of a start method in the description, such as `projects.image.export`.
 *
 * @since 0.1.0
 * @category getters
 */
export const startMethodId = (method: { readonly path: string }): string => `projects.${method.path.replace(":", ".")}`

/**
 * The service: operations named `projects/PROJECT/operations/ID`, all five methods, and the methods that start an export
 * or an import. Versions are `v1` (the default), `v1beta` and `v1alpha`.
 *
 * @since 0.1.0
 * @category constants
 */
export const description: ServiceDescription.ServiceDescription = ServiceDescription.project({
  id: "earthengine.googleapis.com",
  rootUrl: standardEndpoint,
  versions: ["v1", "v1beta", "v1alpha"],
  methods: ServiceDescription.methods,
  ids: "multi-segment",
  listStyle: "parent",
  // What Earth Engine's own clients ask for; its default and its maximum are not documented.
  pageSize: 500,
  batchPath: "batch",
  scopes,
  starts: StartMethod.all.map((method) => ({
    id: startMethodId(method),
    template: `{project=projects/*}/${method.path}`,
    metadataType: OperationMetadata.typeName
  }))
})
