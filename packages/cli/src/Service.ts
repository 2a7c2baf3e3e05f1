/**
 * The services that `lro` can be pointed at, by what their operation names look like.
 *
 * @since 0.1.0
 */
import * as EarthEngineService from "@effect-lro/earth-engine/EarthEngineService"
import * as ServiceDescription from "@effect-lro/rest/ServiceDescription"
import * as Option from "effect/Option"

/**
 * The names of the services, as `--service` takes them.
 *
 * @since 0.1.0
 * @category constants
 */
export const names = ["earthengine", "project", "regional", "global"] as const

/**
 * One of the names.
 *
 * @since 0.1.0
 * @category models
 */
export type Name = (typeof names)[number]

/**
 * The service that is meant where none is named.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultName: Name = "earthengine"

/**
 * What names of operations look like, and of what they belong to.
 *
 * @since 0.1.0
 * @category constants
 */
export const forms: Readonly<Record<Name, { readonly name: string; readonly parent: string }>> = {
  earthengine: { name: "projects/PROJECT/operations/ID", parent: "projects/PROJECT" },
  project: { name: "projects/PROJECT/operations/ID", parent: "projects/PROJECT" },
  regional: {
    name: "projects/PROJECT/locations/LOCATION/operations/ID",
    parent: "projects/PROJECT/locations/LOCATION"
  },
  global: { name: "operations/ID", parent: "operations" }
}

/**
 * Where a service is found by default; none for a family that many services share.
 *
 * @since 0.1.0
 * @category getters
 */
export const endpoint = (name: Name): Option.Option<string> =>
  name === "earthengine" ? Option.some(EarthEngineService.standardEndpoint) : Option.none()

/**
 * The service of a name at an endpoint, speaking one version. None where it does not know the version.
 *
 * @since 0.1.0
 * @category constructors
 */
export const describe = (options: {
  readonly name: Name
  readonly endpoint: URL
  /** The service's own default by default, which is `v1` for all families. */
  readonly version: Option.Option<string>
}): Option.Option<ServiceDescription.ServiceDescription> => {
  const { description } = EarthEngineService
  if (options.name === "earthengine") {
    return Option.exists(options.version, (_) => !description.versions.includes(_))
      ? Option.none()
      : Option.some(description)
  }
  const versions: [string] = [Option.getOrElse(options.version, () => "v1")]
  return Option.some(families[options.name]({ id: options.endpoint.hostname, versions }))
}

const families = {
  project: ServiceDescription.project,
  regional: ServiceDescription.regional,
  global: ServiceDescription.global
}
