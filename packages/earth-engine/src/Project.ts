/**
 * The Cloud project that Earth Engine's operations belong to.
 *
 * @since 0.1.0
 */
import * as Brand from "effect/Brand"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/**
 * The id or the number of a project, such as `my-project`, `example.com:my-project` or `123456789012`.
 *
 * @since 0.1.0
 * @category models
 */
export type Project = string & Brand.Brand<"@effect-lro/earth-engine/Project">

/**
 * The text cannot be a project. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidProject extends Schema.TaggedError<InvalidProject>(
  "@effect-lro/earth-engine/Project/InvalidProject"
)("InvalidProject", {
  /** What was refused, shortened where it is long. */
  input: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `invalid project ${JSON.stringify(this.input)}: ${this.reason}`
  }
}

/**
 * Checks that a text can stand in a URL and in a header as a project: one to 128 letters, digits and `-._:`, and not
 * dots alone. `projects/my-project` is read as `my-project`.
 *
 * It does not ask for the length and the lower case of Cloud's rules, see {@link isId}: emulators know projects called
 * `demo`, and whether a project exists is for the server to say.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (input: string): Either.Either<Project, InvalidProject> => {
  const text = input.trim().replace(/^projects\//, "")
  const wrong = whatIsWrong(text)
  return wrong === undefined
    ? Either.right(brand(text))
    : Either.left(new InvalidProject({ input: text.slice(0, 100), reason: wrong }))
}

/**
 * Says whether a text is a project id by Cloud's rules: 6 to 30 lower-case letters, digits and hyphens, a letter first
 * and no hyphen last, after a domain and a colon where the project belongs to one.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isId = (text: string): boolean =>
  /^(?:[a-z0-9][-a-z0-9]*(?:\.[a-z0-9][-a-z0-9]*)+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]$/.test(text)

/**
 * Says whether a text is a project number, which Google's APIs take where they take an id.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isNumber = (text: string): boolean => /^[1-9]\d{5,18}$/.test(text)

/**
 * The resource name, `projects/my-project`: what operations are listed by.
 *
 * @since 0.1.0
 * @category getters
 */
export const resourceName = (project: Project): string => `projects/${project}`

const brand = Brand.nominal<Project>()

/**
 * The project of tasks that were started without one. It is never sent as the project that pays for a request.
 *
 * @since 0.1.0
 * @category constants
 */
export const legacy: Project = brand("earthengine-legacy")

const whatIsWrong = (text: string): string | undefined => {
  if (text === "") return "it is empty"
  if (text.length > 128) return "it is longer than 128 characters"
  if (!/^[-.:_a-z0-9]+$/i.test(text)) return "it has characters other than letters, digits and -._:"
  return /^\.+$/.test(text) ? "it is made of dots only" : undefined
}
