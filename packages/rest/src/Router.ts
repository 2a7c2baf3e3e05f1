/**
 * Finds the template that a request's raw path belongs to, the way Google's reference transcoder does: a trie of
 * segments in which a literal comes before `*`, and `*` before `**`, with back-tracking.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as PathTemplate from "./PathTemplate.js"

/**
 * A template with the HTTP method it answers to, and what it stands for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Route<out A> {
  /** Upper case, such as `GET`. */
  readonly method: string
  readonly template: PathTemplate.PathTemplate
  readonly value: A
}

/**
 * Routes, prepared for matching.
 *
 * @since 0.1.0
 * @category models
 */
export interface Router<out A> {
  readonly routes: ReadonlyArray<Route<A>>
  /** The verbs of all templates: text after a colon is one of these or part of a name. */
  readonly verbs: ReadonlySet<string>
  readonly root: Node<A>
}

/**
 * A node of the trie: what it leads to by the next segment, and what ends here.
 *
 * @since 0.1.0
 * @category models
 */
export interface Node<out A> {
  readonly literals: ReadonlyMap<string, Node<A>>
  readonly wildcard: Node<A> | undefined
  /** What begins with `**` here: the literals behind it, and what ends there; more literals come first. */
  readonly multis: ReadonlyArray<{ readonly suffix: ReadonlyArray<string>; readonly ends: Ends<A> }>
  readonly ends: Ends<A>
}

/**
 * Routes of one shape: by verb (empty for none), then by HTTP method.
 *
 * @since 0.1.0
 * @category models
 */
export type Ends<A> = ReadonlyMap<string, ReadonlyMap<string, Route<A>>>

/**
 * A route with the variables of the path, decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface Match<out A> {
  readonly value: A
  readonly route: Route<A>
  readonly variables: PathTemplate.Variables
}

/**
 * Two routes answer to the same method and have the same shape, variables aside, so that neither could be preferred.
 *
 * @since 0.1.0
 * @category errors
 */
export class DuplicateRoute extends Schema.TaggedError<DuplicateRoute>("@effect-lro/rest/Router/DuplicateRoute")(
  "DuplicateRoute",
  { method: Schema.String, first: Schema.String, second: Schema.String }
) {
  override get message(): string {
    return `${this.method} ${this.second} has the same shape as ${this.first}`
  }
}

/**
 * No template matches the path, whatever the method.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoRoute extends Schema.TaggedError<NoRoute>("@effect-lro/rest/Router/NoRoute")("NoRoute", {
  method: Schema.String
}) {
  override get message(): string {
    return `nothing answers to ${this.method} on this path`
  }
}

/**
 * The path is known, with other methods. Google's front ends do not tell this from {@link NoRoute} and answer 404.
 *
 * @since 0.1.0
 * @category errors
 */
export class MethodNotAllowed extends Schema.TaggedError<MethodNotAllowed>("@effect-lro/rest/Router/MethodNotAllowed")(
  "MethodNotAllowed",
  {
    method: Schema.String,
    /** The methods that the path answers to, for the header `Allow`. */
    allowed: Schema.Array(Schema.String)
  }
) {
  override get message(): string {
    return `this path answers to ${this.allowed.join(", ")}, not to ${this.method}`
  }
}

/**
 * Prepares routes. Fails where two of them have the same shape and method.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import * as PathTemplate from "@effect-lro/rest/PathTemplate"
 * import * as Router from "@effect-lro/rest/Router"
 * import * as Either from "effect/Either"
 *
 * const template = PathTemplate.unsafeParse("/v1/{name=operations/**}:cancel")
 * const match = Router.make([{ method: "POST", template, value: "cancel" }]).pipe(
 *   Either.flatMap((router) => Router.match(router, { method: "POST", path: "/v1/operations/a:cancel" }))
 * )
 * console.log(Either.map(match, (it) => it.variables)) // Right({ name: "operations/a" })
 * ```
 */
export const make = <A>(routes: Iterable<Route<A>>): Either.Either<Router<A>, DuplicateRoute> => {
  const root = node<A>()
  const verbs = new Set<string>()
  const all = Array.from(routes)
  for (const route of all) {
    const verb = verbOf(route)
    if (verb !== "") verbs.add(verb)
    const ends = endsFor(root, route.template.segments)
    const byMethod = ends.get(verb) ?? new Map<string, Route<A>>()
    const other = byMethod.get(route.method)
    if (other !== undefined) {
      return Either.left(
        new DuplicateRoute({ method: route.method, first: other.template.source, second: route.template.source })
      )
    }
    byMethod.set(route.method, route)
    ends.set(verb, byMethod)
  }
  return Either.right({ routes: all, verbs, root })
}

/**
 * Matches the raw path of a request, still encoded; a query is ignored.
 *
 * Fails with `MalformedPath` (400), with `MethodNotAllowed` where another method would match, else with `NoRoute`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const match = <A>(
  router: Router<A>,
  request: { readonly method: string; readonly path: string },
  options?: {
    /** Defaults to `"all-but-slash"`. */
    readonly decoding?: PathTemplate.Decoding | undefined
  }
): Either.Either<Match<A>, PathTemplate.MalformedPath | NoRoute | MethodNotAllowed> => {
  const split = PathTemplate.split(request.path, (verb) => router.verbs.has(verb))
  if (Either.isLeft(split)) return Either.left(split.left)
  const { segments, verb = "" } = split.right
  const route = find(router.root, segments, 0, (ends) => ends.get(verb)?.get(request.method))
  if (route === undefined) return Either.left(refusal(router, request.method, segments, verb))
  return Either.map(
    PathTemplate.bind(route.template, segments, options?.decoding ?? "all-but-slash"),
    (variables): Match<A> => ({ value: route.value, route, variables })
  )
}

type MutableEnds<A> = Map<string, Map<string, Route<A>>>

interface MutableNode<A> {
  readonly literals: Map<string, MutableNode<A>>
  wildcard: MutableNode<A> | undefined
  readonly multis: Array<{ readonly suffix: ReadonlyArray<string>; readonly ends: MutableEnds<A> }>
  readonly ends: MutableEnds<A>
}

const node = <A>(): MutableNode<A> => ({ literals: new Map(), wildcard: undefined, multis: [], ends: new Map() })

const verbOf = <A>(route: Route<A>): string => (route.template.verb._tag === "Some" ? route.template.verb.value : "")

const endsFor = <A>(root: MutableNode<A>, segments: ReadonlyArray<PathTemplate.Segment>): MutableEnds<A> => {
  let at = root
  for (const [index, segment] of segments.entries()) {
    switch (segment._tag) {
      case "Literal": {
        const next = at.literals.get(segment.text) ?? node<A>()
        at.literals.set(segment.text, next)
        at = next
        break
      }
      case "Wildcard":
        at.wildcard ??= node<A>()
        at = at.wildcard
        break
      case "MultiWildcard":
        return multiFor(
          at,
          segments.slice(index + 1).flatMap((one) => (one._tag === "Literal" ? [one.text] : []))
        )
    }
  }
  return at.ends
}

const multiFor = <A>(at: MutableNode<A>, suffix: ReadonlyArray<string>): MutableEnds<A> => {
  const known = at.multis.find((multi) => multi.suffix.join("/") === suffix.join("/"))
  if (known !== undefined) return known.ends
  const ends: MutableEnds<A> = new Map()
  at.multis.push({ suffix, ends })
  at.multis.sort((a, b) => b.suffix.length - a.suffix.length)
  return ends
}

const find = <A, B>(
  at: Node<A>,
  segments: ReadonlyArray<string>,
  index: number,
  accept: (ends: Ends<A>) => B | undefined
): B | undefined => {
  const segment = segments[index]
  if (segment === undefined) {
    const found = accept(at.ends)
    if (found !== undefined) return found
  } else {
    const literal = at.literals.get(segment)
    const found = literal === undefined ? undefined : find(literal, segments, index + 1, accept)
    if (found !== undefined) return found
    const other = at.wildcard === undefined ? undefined : find(at.wildcard, segments, index + 1, accept)
    if (other !== undefined) return other
  }
  for (const { ends, suffix } of at.multis) {
    const from = segments.length - suffix.length
    if (from < index || suffix.some((text, offset) => segments[from + offset] !== text)) continue
    const found = accept(ends)
    if (found !== undefined) return found
  }
  return undefined
}

const refusal = <A>(
  router: Router<A>,
  method: string,
  segments: ReadonlyArray<string>,
  verb: string
): NoRoute | MethodNotAllowed => {
  const allowed = new Set<string>()
  find(router.root, segments, 0, (ends) => {
    for (const other of ends.get(verb)?.keys() ?? []) allowed.add(other)
    return undefined
  })
  return allowed.size === 0 ? new NoRoute({ method }) : new MethodNotAllowed({ method, allowed: [...allowed].sort() })
}
