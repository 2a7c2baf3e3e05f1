/**
 * Many requests in one, as Google's `/batch` frames them: multipart/mixed, a part for each request, in which it stands
 * as HTTP/1.1 (application/http).
 *
 * What is written is read by Earth Engine's own JavaScript client too, which is strict about white space; what is read
 * from a server may deviate in all that carries no meaning, what is read from a client must not reach further than a
 * request of its own would.
 *
 * @since 0.1.0
 */
export * as Batch from "./Batch.js"

/**
 * `google.longrunning.Operations.CancelOperation` on the wire.
 *
 * @since 0.1.0
 */
export * as CancelOperation from "./CancelOperation.js"

/**
 * The error of a refused request on the wire: `{"error": {"code", "message", "status", "details"}}` of AIP-193, and
 * everything that servers, front ends and proxies send in its place.
 *
 * Inside an operation stands a google.rpc.Status instead, whose `code` is another number: never mix the two.
 *
 * @since 0.1.0
 */
export * as ErrorEnvelope from "./ErrorEnvelope.js"

/**
 * The beginning of a body, fit to be shown: short, on one line, and without the credentials it may repeat.
 *
 * @since 0.1.0
 */
export * as Excerpt from "./Excerpt.js"

/**
 * `google.longrunning.Operations.ListOperations` on the wire.
 *
 * @since 0.1.0
 */
export * as ListOperations from "./ListOperations.js"

/**
 * The path templates of google.api.http, such as `/v1/{name=operations/**}:cancel`: one parser, from whose
 * result paths are both built and matched.
 *
 * @since 0.1.0
 */
export * as PathTemplate from "./PathTemplate.js"

/**
 * The query of a request, by RFC 3986: a space is `%20` and a plus is a plus, unlike in forms.
 *
 * @since 0.1.0
 */
export * as Query from "./Query.js"

/**
 * Reads the bodies of successful answers. Servers are read leniently (fields that are not known, `null` for what is
 * unset), but what is not a message at all is never taken for one.
 *
 * @since 0.1.0
 */
export * as ResponseBody from "./ResponseBody.js"

/**
 * The header `Retry-After` (RFC 9110, 10.2.3): when to come back.
 *
 * @since 0.1.0
 */
export * as RetryAfter from "./RetryAfter.js"

/**
 * Finds the template that a request's raw path belongs to, the way Google's reference transcoder does: a trie of
 * segments in which a literal comes before `*`, and `*` before `**`, with back-tracking.
 *
 * @since 0.1.0
 */
export * as Router from "./Router.js"

/**
 * A service that binds google.longrunning.Operations over HTTP, as data: which methods it offers, under which paths, and
 * which other methods start operations. What a client sends and what a server routes are both derived from it.
 *
 * @since 0.1.0
 */
export * as ServiceDescription from "./ServiceDescription.js"

/**
 * The query parameters that every method of a Google API takes beside its own, such as `$alt` and `prettyPrint`.
 *
 * @since 0.1.0
 */
export * as SystemParameters from "./SystemParameters.js"

/**
 * `google.longrunning.Operations.WaitOperation` on the wire.
 *
 * @since 0.1.0
 */
export * as WaitOperation from "./WaitOperation.js"
