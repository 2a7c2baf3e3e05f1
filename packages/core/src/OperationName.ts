/**
 * The name of an operation: a resource name that is safe to be put into a URL.
 *
 * @since 0.1.0
 */
import * as Brand from "effect/Brand"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { InvalidName } from "./OperationsError.js"

/**
 * A validated name such as `projects/my-project/operations/3DNU363IM57LNU4SDTMB6I33`. Every function of this library
 * that takes a name takes a plain string too and validates it before anything is sent.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationName = string & Brand.Brand<"@effect-lro/core/OperationName">

/**
 * The longest name that is accepted, in bytes of UTF-8.
 *
 * @since 0.1.0
 * @category constants
 */
export const maxBytes = 1024

/**
 * Checks a name for what no URL should be built from: it has no empty segment and none that is `.` or `..` (percent
 * encoded too), no control character, no lone surrogate and no leading or trailing slash, and it is at most
 * {@link maxBytes} long. Everything else is a matter of encoding.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as OperationName from "@effect-lro/core/OperationName"
 * import * as Either from "effect/Either"
 *
 * const name = OperationName.validate("projects/demo/operations/ABC")
 * console.log(Either.isRight(name)) // true
 * console.log(Either.isRight(OperationName.validate("projects/demo/operations/.."))) // false
 * ```
 */
export const validate = (name: string): Either.Either<OperationName, InvalidName> => {
  const wrong = whatIsWrong(name)
  return wrong === undefined
    ? Either.right(brand(name))
    : Either.left(new InvalidName({ input: excerpt(name), reason: wrong }))
}

/**
 * Reads a name as people write it: the full name, `operations/ID` or a bare ID (both need `parent`), or a URL that has
 * the name in its path, as a browser or a log shows it.
 *
 * Fails with `InvalidName` where the result would not be a valid name, or where a short form has no parent to complete
 * it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parse = (
  input: string,
  options?: {
    /** What a short form is completed with, such as `projects/my-project`. There is no default. */
    readonly parent?: string | undefined
  }
): Either.Either<OperationName, InvalidName> => {
  const trimmed = input.trim()
  const invalid = (reason: string) => Either.left(new InvalidName({ input: excerpt(input), reason }))
  if (trimmed === "") return invalid("it is empty")
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) {
    return Option.match(nameInUrl(trimmed), {
      onNone: () => invalid("no operation name was found in this URL"),
      onSome: validate
    })
  }
  const short = trimmed.startsWith("operations/")
    ? trimmed
    : trimmed.includes("/")
      ? undefined
      : `operations/${trimmed}`
  if (short === undefined) return validate(trimmed)
  if (options?.parent === undefined) {
    return trimmed === short
      ? validate(trimmed)
      : invalid("a bare operation id needs a project: give the full name, projects/PROJECT/operations/ID")
  }
  return validate(`${options.parent}/${short}`)
}

/**
 * The schema of a validated name.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OperationName: Schema.Schema<OperationName, string> = Schema.String.pipe(
  Schema.filter((name) => whatIsWrong(name) ?? true),
  Schema.brand("@effect-lro/core/OperationName"),
  Schema.annotations({
    identifier: "OperationName",
    arbitrary: () => (fc) =>
      fc
        .tuple(fc.stringMatching(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/), fc.stringMatching(/^[A-Z0-9]{24}$/))
        .map(([project, id]) => brand(`projects/${project}/operations/${id}`))
  })
)

/**
 * What stands before the collection, the collection, and the id of the operation within it.
 *
 * @since 0.1.0
 * @category models
 */
export interface View {
  /** `projects/p` in `projects/p/operations/ID`; empty where the service's operations have no parent. */
  readonly parent: string
  /** Mostly `operations`. */
  readonly collection: string
  /** Has slashes where the service's ids have several segments. */
  readonly id: string
}

/**
 * Splits a name at its last segment `operations`, or else at its last segment but one (services exist whose collection
 * is called `transferOperations` or `batches`). None where there is nothing to split.
 *
 * @since 0.1.0
 * @category getters
 */
export const view = (name: string): Option.Option<View> => {
  const segments = name.split("/")
  const named = segments.lastIndexOf("operations", segments.length - 2)
  const at = named >= 0 ? named : segments.length - 2
  const collection = segments[at]
  return collection === undefined
    ? Option.none()
    : Option.some({
        parent: segments.slice(0, at).join("/"),
        collection,
        id: segments.slice(at + 1).join("/")
      })
}

const brand = Brand.nominal<OperationName>()

// Errors are printed; a hostile name is long and full of control characters.
const excerpt = (name: string): string => {
  const shown = name.slice(0, 200).toWellFormed().replace(controls, "�")
  return name.length > 200 ? `${shown}… (${name.length} characters)` : shown
}

const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

// What almost every name is: segments without a dot, an escape or anything else to look at twice.
const plain = /^[-\w~]+(?:\/[-\w~]+)*$/

const whatIsWrong = (name: string): string | undefined => {
  if (name.length <= maxBytes && plain.test(name)) return undefined
  if (name === "") return "it is empty"
  // A character is at most three bytes per UTF-16 unit, so most names need no encoding to be measured.
  if (name.length > maxBytes || (name.length * 3 > maxBytes && byteLength(name) > maxBytes)) {
    return `it is longer than ${maxBytes} bytes`
  }
  if (name.search(controls) >= 0) return "it contains a control character"
  if (!name.isWellFormed()) return "it contains half of a surrogate pair"
  for (const segment of name.split("/")) {
    if (segment === "") return "it has an empty segment (//, or / at an end)"
    if (isDots(segment)) return "it has a segment that means a folder (. or ..)"
  }
  return undefined
}

const isDots = (segment: string): boolean => /^(?:\.|%2e){1,2}$/i.test(segment)

const byteLength = (text: string): number => new TextEncoder().encode(text).length

// A request's URL has the name in its path, after the version; a console's may have it encoded in a parameter.
const nameInUrl = (url: string): Option.Option<string> => {
  const [path = "", ...parameters] = url.replace(/^[^:]+:\/\/[^/?#]*\/?/, "").split(/[?#&;=]/)
  const [inPath] =
    /(?:projects|organizations|folders|operations)\/.*$/.exec(path.replace(/:(?:cancel|wait)$/, "")) ?? []
  return Option.firstSomeOf(
    [inPath, ...parameters].map((encoded = "") =>
      Option.filter(percentDecoded(encoded), (name) => /(?:^|\/)operations\/./.test(name))
    )
  )
}

const percentDecoded = Option.liftThrowable(decodeURIComponent)
