/**
 * The path templates of google.api.http, such as `/v1/{name=operations/**}:cancel`: one parser, from whose
 * result paths are both built and matched.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as percent from "./internal/percent.js"

/**
 * The template is not of the grammar of google/api/http.proto.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidTemplate extends Schema.TaggedError<InvalidTemplate>(
  "@effect-lro/rest/PathTemplate/InvalidTemplate"
)("InvalidTemplate", { template: Schema.String, reason: Schema.String }) {
  override get message(): string {
    return `invalid path template ${JSON.stringify(this.template)}: ${this.reason}`
  }
}

/**
 * The value of a variable cannot stand in the path: it does not fit the variable's pattern, or it is `.` or `..`, which
 * URL parsers drop.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnfitValue extends Schema.TaggedError<UnfitValue>("@effect-lro/rest/PathTemplate/UnfitValue")(
  "UnfitValue",
  { template: Schema.String, field: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `cannot build ${this.template}: ${this.field} ${this.reason}`
  }
}

/**
 * The raw path of a request is none that anything should be read from.
 *
 * @since 0.1.0
 * @category errors
 */
export class MalformedPath extends Schema.TaggedError<MalformedPath>("@effect-lro/rest/PathTemplate/MalformedPath")(
  "MalformedPath",
  { reason: Schema.String }
) {
  override get message(): string {
    return `malformed path: ${this.reason}`
  }
}

/**
 * What one segment of a path must be: a certain text, any text but none (`*`), or, as `**`, any number of segments, none
 * too.
 *
 * @since 0.1.0
 * @category models
 */
export type Segment =
  | { readonly _tag: "Literal"; readonly text: string }
  | { readonly _tag: "Wildcard" }
  | { readonly _tag: "MultiWildcard" }

/**
 * Binds the segments that `pattern` covers to a field of the request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Variable {
  readonly _tag: "Variable"
  /** The path of the field in the request message, such as `name` or `operation.name`. */
  readonly field: string
  readonly pattern: ReadonlyArray<Segment>
}

/**
 * A parsed template.
 *
 * @since 0.1.0
 * @category models
 */
export interface PathTemplate {
  readonly source: string
  readonly parts: ReadonlyArray<Segment | Variable>
  /** The parts with every variable replaced by its pattern. At most one is `**`, and only literals follow it. */
  readonly segments: ReadonlyArray<Segment>
  /** What stands after the colon, without it. */
  readonly verb: Option.Option<string>
}

/**
 * The variables of a path by their fields.
 *
 * @since 0.1.0
 * @category models
 */
export type Variables = Readonly<Record<string, string>>

/**
 * Which escapes a server decodes in a variable of several segments: all but `%2F`, as http.proto says of the variables,
 * or all but those of reserved characters, as ESPv2 and Envoy do. A variable of one segment is decoded entirely.
 *
 * @since 0.1.0
 * @category models
 */
export type Decoding = "all-but-slash" | "all-but-reserved"

/**
 * Parses a template. It begins with a slash; `{field}` is short for `{field=*}`.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as PathTemplate from "@effect-lro/rest/PathTemplate"
 * import * as Either from "effect/Either"
 *
 * const path = PathTemplate.parse("/v1/{name=operations/**}:cancel").pipe(
 *   Either.flatMap(PathTemplate.build({ name: "operations/a:b" }))
 * )
 * console.log(path) // Right("/v1/operations/a%3Ab:cancel")
 * ```
 */
export const parse = (source: string): Either.Either<PathTemplate, InvalidTemplate> => {
  const fail = (reason: string) => Either.left(new InvalidTemplate({ template: source, reason }))
  const whole = /^\/([^:]*)(?::([-_.~0-9A-Za-z]+))?$/.exec(source)
  if (whole === null) return fail("it is not /SEGMENTS or /SEGMENTS:VERB")
  const parts: Array<Segment | Variable> = []
  for (const text of splitOutsideBraces(whole[1] ?? "")) {
    const part = text.startsWith("{") ? parseVariable(text) : parseSegment(text)
    if (typeof part === "string") return fail(part)
    parts.push(part)
  }
  const segments = parts.flatMap((part) => (part._tag === "Variable" ? part.pattern : [part]))
  const multi = segments.findIndex((segment) => segment._tag === "MultiWildcard")
  if (multi >= 0 && segments.slice(multi + 1).some((segment) => segment._tag !== "Literal")) {
    return fail("only literals may follow **")
  }
  const fields = parts.flatMap((part) => (part._tag === "Variable" ? [part.field] : []))
  if (new Set(fields).size !== fields.length) return fail("two of its variables have the same field")
  return Either.right({ source, parts, segments, verb: Option.fromNullable(whole[2]) })
}

/**
 * Parses a template that is written in the code. Throws {@link InvalidTemplate}.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeParse = (source: string): PathTemplate => Either.getOrThrowWith(parse(source), (error) => error)

/**
 * The fields that a template binds, in their order.
 *
 * @since 0.1.0
 * @category getters
 */
export const fields = (template: PathTemplate): ReadonlyArray<string> =>
  template.parts.flatMap((part) => (part._tag === "Variable" ? [part.field] : []))

/**
 * Builds the path, percent-encoded by the bytes of UTF-8 as http.proto asks: everything but `-_.~0-9A-Za-z`, and but the
 * slash in variables of several segments.
 *
 * Fails where a value does not fit its pattern, is missing, or has a segment that is empty, `.` or `..`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const build =
  (variables: Variables) =>
  (template: PathTemplate): Either.Either<string, UnfitValue> => {
    let path = ""
    for (const part of template.parts) {
      switch (part._tag) {
        case "Literal":
          path += `/${part.text}`
          break
        case "Variable": {
          const value = variables[part.field]
          const encoded = value === undefined ? { wrong: "is missing" } : encodeValue(part, value)
          if (typeof encoded !== "string") {
            return Either.left(new UnfitValue({ template: template.source, field: part.field, reason: encoded.wrong }))
          }
          if (encoded !== "") path += `/${encoded}`
          break
        }
        default:
          return Either.left(
            new UnfitValue({ template: template.source, field: "a wildcard", reason: "is bound by no variable" })
          )
      }
    }
    return Either.right(Option.isNone(template.verb) ? path : `${path}:${template.verb.value}`)
  }

/**
 * Says whether a value fits the pattern of a field, so that a path could be built from it.
 *
 * @since 0.1.0
 * @category refinements
 */
export const admits = (template: PathTemplate, field: string, value: string): boolean => {
  const variable = template.parts.find((part): part is Variable => part._tag === "Variable" && part.field === field)
  return variable !== undefined && typeof encodeValue(variable, value) === "string"
}

/**
 * Matches the raw path of a request, without its query, against this one template. None where it does not match. For
 * many templates there is `Router`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const match = (
  template: PathTemplate,
  path: string,
  options?: {
    /** Defaults to `"all-but-slash"`. */
    readonly decoding?: Decoding | undefined
  }
): Either.Either<Option.Option<Variables>, MalformedPath> =>
  Either.flatMap(
    split(path, (verb) => Option.contains(template.verb, verb)),
    (raw) =>
      raw.verb === Option.getOrUndefined(template.verb) && fits(template.segments, raw.segments)
        ? Either.map(bind(template, raw.segments, options?.decoding ?? "all-but-slash"), Option.some)
        : Either.right(Option.none())
  )

/**
 * A raw path cut to pieces, none of them decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface RawPath {
  readonly segments: ReadonlyArray<string>
  readonly verb: string | undefined
}

/**
 * Cuts a raw path into its segments and its verb. The query is dropped; a verb is what follows the last colon of the
 * still encoded last segment, and only where `isVerb` knows it; slashes at the end are dropped.
 *
 * Fails where an inner segment is empty, or where one is `.` or `..`, also percent-encoded.
 *
 * @since 0.1.0
 * @category constructors
 */
export const split = (path: string, isVerb: (verb: string) => boolean): Either.Either<RawPath, MalformedPath> => {
  const query = path.indexOf("?")
  let rest = query < 0 ? path : path.slice(0, query)
  if (!rest.startsWith("/")) return malformed("it does not begin with a slash")
  const colon = rest.lastIndexOf(":")
  let verb: string | undefined = undefined
  if (colon > rest.lastIndexOf("/") && isVerb(rest.slice(colon + 1))) {
    verb = rest.slice(colon + 1)
    rest = rest.slice(0, colon)
  } else {
    let end = rest.length
    while (rest.charCodeAt(end - 1) === slash) end--
    rest = rest.slice(0, end)
  }
  const segments = rest === "" ? [] : rest.slice(1).split("/")
  for (const segment of segments) {
    if (segment === "") return malformed("it has an empty segment")
    if (isDots(segment)) return malformed("it has a segment that is . or ..")
  }
  return Either.right({ segments, verb })
}

/**
 * Reads the variables out of segments that are known to fit the template. Fails where an escape is not one, or does not
 * give UTF-8.
 *
 * @since 0.1.0
 * @category combinators
 */
export const bind = (
  template: PathTemplate,
  segments: ReadonlyArray<string>,
  decoding: Decoding
): Either.Either<Variables, MalformedPath> => {
  // What stands after ** is counted from the end.
  const shift = segments.length - template.segments.length
  const multi = template.segments.findIndex((segment) => segment._tag === "MultiWildcard")
  const position = (index: number) => (multi >= 0 && index > multi ? index + shift : index)
  const variables: Record<string, string> = {}
  let at = 0
  for (const part of template.parts) {
    if (part._tag !== "Variable") {
      at++
      continue
    }
    const kept = isSingle(part) ? "none" : decoding === "all-but-slash" ? "slash" : "reserved"
    const raw = segments.slice(position(at), position(at + part.pattern.length)).join("/")
    const value = percent.decode(raw, kept)
    if (Option.isNone(value)) return malformed("it has an escape that gives no UTF-8")
    variables[part.field] = value.value
    at += part.pattern.length
  }
  return Either.right(variables)
}

const slash = 47

const malformed = (reason: string) => Either.left(new MalformedPath({ reason }))

const isDots = (segment: string): boolean => /^(?:\.|%2e){1,2}$/i.test(segment)

const isSingle = (variable: Variable): boolean =>
  variable.pattern.length === 1 && variable.pattern[0]?._tag === "Wildcard"

const splitOutsideBraces = (text: string): ReadonlyArray<string> => text.split(/\/(?![^{}]*\})/)

const parseSegment = (text: string): Segment | string => {
  if (text === "*") return { _tag: "Wildcard" }
  if (text === "**") return { _tag: "MultiWildcard" }
  if (text === "") return "it has an empty segment"
  return /^[-_.~$0-9A-Za-z]+$/.test(text) && !isDots(text)
    ? { _tag: "Literal", text }
    : `${JSON.stringify(text)} is no literal, wildcard or variable`
}

const parseVariable = (text: string): Variable | string => {
  const match = /^\{([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:=([^{}]+))?\}$/.exec(text)
  if (match === null) return `${JSON.stringify(text)} is no variable`
  const pattern: Array<Segment> = []
  for (const item of (match[2] ?? "*").split("/")) {
    const segment = parseSegment(item)
    if (typeof segment === "string") return segment
    pattern.push(segment)
  }
  return { _tag: "Variable", field: match[1] ?? "", pattern }
}

const encodeValue = (variable: Variable, value: string): string | { readonly wrong: string } => {
  if (usualOf(variable).test(value)) return value
  if (!value.isWellFormed()) return { wrong: "contains half of a surrogate pair" }
  if (isSingle(variable)) {
    return value === "" || isDots(value) ? { wrong: "is empty or means a folder (. or ..)" } : percent.encode(value)
  }
  const segments = value === "" ? [] : value.split("/")
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    return { wrong: "has a segment that is empty or means a folder (. or ..)" }
  }
  return fits(variable.pattern, segments)
    ? percent.encodeSegments(value)
    : { wrong: `is not of the form ${show(variable.pattern)}` }
}

/** Admits values that fit the variable and stand in a path as they are: almost all do. */
const usualOf = (variable: Variable): RegExp => {
  const known = usual.get(variable)
  if (known !== undefined) return known
  const made = makeUsual(variable.pattern)
  usual.set(variable, made)
  return made
}

const usual = new WeakMap<Variable, RegExp>()

// Without a dot no segment means a folder, and none of these characters is encoded.
const plain = "[-_~0-9A-Za-z]+"

const makeUsual = (pattern: ReadonlyArray<Segment>): RegExp => {
  let source = ""
  for (const [index, segment] of pattern.entries()) {
    const between = index === 0 ? "" : "/"
    if (segment._tag === "Wildcard") source += between + plain
    else if (segment._tag === "MultiWildcard" && index > 0) source += `(?:/${plain})*`
    else if (segment._tag === "Literal" && new RegExp(`^${plain}$`).test(segment.text)) source += between + segment.text
    else return nothing
  }
  return source === "" ? nothing : new RegExp(`^${source}$`)
}

const nothing = /[^\s\S]/

const show = (pattern: ReadonlyArray<Segment>): string =>
  pattern
    .map((segment) => (segment._tag === "Literal" ? segment.text : segment._tag === "Wildcard" ? "*" : "**"))
    .join("/")

const fits = (pattern: ReadonlyArray<Segment>, segments: ReadonlyArray<string>): boolean => {
  const multi = pattern.findIndex((segment) => segment._tag === "MultiWildcard")
  if (multi < 0) return pattern.length === segments.length && pattern.every((one, index) => is(one, segments[index]))
  const after = pattern.length - multi - 1
  return (
    segments.length >= multi + after &&
    pattern.slice(0, multi).every((one, index) => is(one, segments[index])) &&
    pattern.slice(multi + 1).every((one, index) => is(one, segments[segments.length - after + index]))
  )
}

const is = (segment: Segment, text: string | undefined): boolean =>
  text !== undefined && (segment._tag !== "Literal" || segment.text === text)
