/**
 * `google.protobuf.Any` in ProtoJSON: an object that names its type in `@type` and is kept as it came.
 *
 * @since 0.1.0
 */
export * as AnyMessage from "./AnyMessage.js"

/**
 * Numbers that come as options, looked at before anything is made of them: what is less than makes sense, or is no number,
 * would be found out by what does not work any more.
 *
 * @since 0.1.0
 */
export * as Bounds from "./Bounds.js"

/**
 * Many operations at once: one result for each, whatever becomes of the others.
 *
 * @since 0.1.0
 */
export * as Bulk from "./Bulk.js"

/**
 * Cancelling an operation and finding out whether it stopped.
 *
 * @since 0.1.0
 */
export * as Cancellation from "./Cancellation.js"

/**
 * What happens to an operation while it is watched, as far as its looks tell.
 *
 * @since 0.1.0
 */
export * as Change from "./Change.js"

/**
 * A wait that can be written down, and taken up by another process with the time that was left.
 *
 * @since 0.1.0
 */
export * as Checkpoint from "./Checkpoint.js"

/**
 * A transformer of `Operations` that answers looks which are asked for together with few requests.
 *
 * @since 0.1.0
 */
export * as Coalescing from "./Coalescing.js"

/**
 * The canonical status codes of google.rpc, by name.
 *
 * @since 0.1.0
 */
export * as Code from "./Code.js"

/**
 * Operations that stay as they are, so that what is made of one, such as its text, may be kept and used again.
 *
 * @since 0.1.0
 */
export * as Constant from "./Constant.js"

/**
 * Requests that are made below Effect, for whoever makes thousands of them from one place.
 *
 * A fiber costs more than a request does. A method of `Operations` may therefore have a second form that calls back;
 * `Bulk` and `SharedPoller` take it where it is there. It belongs to the function and not to the service, so that nothing
 * goes around a transformer: what wraps a method has made another function, which does not have it.
 *
 * @since 0.1.0
 */
export * as DirectRequest from "./DirectRequest.js"

/**
 * The ten detail messages of google/rpc/error_details.proto, and the ones nobody has heard of.
 *
 * @since 0.1.0
 */
export * as ErrorDetails from "./ErrorDetails.js"

/**
 * Filters of lists as AIP-160 has them: text, its meaning as a value, and the test it stands for.
 *
 * It is a subset: no functions, no indexes, 2,048 characters and 32 levels at most. `OR` binds tighter than `AND`.
 *
 * @since 0.1.0
 */
export * as Filter from "./Filter.js"

/**
 * Methods whose answer is at hand, so that it can be had without a fiber.
 *
 * To run an effect costs more than to look something up in memory. A method may therefore have a second form that answers
 * at once; who is about to run what the method gives takes that instead. It belongs to the function and not to the service, so
 * that nothing goes around a transformer: what wraps a method has made another function, which does not have it.
 *
 * @since 0.1.0
 */
export * as Immediate from "./Immediate.js"

/**
 * `google.longrunning.Operation`: what stands on the wire, and what it means.
 *
 * @since 0.1.0
 */
export * as Operation from "./Operation.js"

/**
 * The name of an operation: a resource name that is safe to be put into a URL.
 *
 * @since 0.1.0
 */
export * as OperationName from "./OperationName.js"

/**
 * The kind of an operation as a value: which messages its metadata and its response are, and how they decode.
 *
 * @since 0.1.0
 */
export * as OperationType from "./OperationType.js"

/**
 * The service that everything turns on: google.longrunning.Operations as Effects.
 *
 * A client provides it over HTTP, a host provides it by running Effects itself, a test provides it from a script; the
 * programs of this package and a server's routes consume it.
 *
 * @since 0.1.0
 */
export * as Operations from "./Operations.js"

/**
 * What a request about an operation can fail with: a tag for each code of google.rpc, and three for when there was no
 * answer, no sense in the answer, or nothing that could be asked.
 *
 * None of them says that an operation failed: that is data, see `Operation.Failed`.
 *
 * @since 0.1.0
 */
export * as OperationsError from "./OperationsError.js"

/**
 * When to look at an operation again: an ordinary `Schedule`.
 *
 * It is one of three policies that are kept apart. Whether to look again after a look that failed is a budget of the
 * wait, and how long to wait in total is its timeout.
 *
 * @since 0.1.0
 */
export * as PollSchedule from "./PollSchedule.js"

/**
 * Watching an operation by looking at it again and again.
 *
 * A look has three outcomes: the operation is running, it is done, or the look failed. A failed look is not a failed
 * operation: so many in a row are forgiven, if asking again can help at all.
 *
 * @since 0.1.0
 */
export * as Poller from "./Poller.js"

/**
 * The scalars of ProtoJSON that JSON itself has no form for: Duration, Timestamp and int64.
 *
 * They stand in this package because error details (`RetryInfo`, `QuotaFailure`) and operation metadata are made of
 * them. Fractions keep all nine digits and nothing passes through `Date`.
 *
 * @since 0.1.0
 */
export * as ProtoJson from "./ProtoJson.js"

/**
 * A transformer of `Operations` that keeps within a rate of requests.
 *
 * @since 0.1.0
 */
export * as RateLimited from "./RateLimited.js"

/**
 * Whether and when to send a failed request again: an ordinary `Schedule` over the errors.
 *
 * @since 0.1.0
 */
export * as RetryPolicy from "./RetryPolicy.js"

/**
 * A transformer of `Operations` that sends requests again where that may help.
 *
 * Retrying belongs in one place. Over `Operations` that retry, give `Cancellation` the policy `RetryPolicy.none` and
 * `Poller` a failure budget of 0, or leave both as they are and do without this.
 *
 * @since 0.1.0
 */
export * as Retrying from "./Retrying.js"

/**
 * Page tokens as AIP-158 wants them: opaque, fit for a URL, of use for one listing only, and refused once altered.
 *
 * A token is a text, encrypted and authenticated (AES-GCM) together with what it is bound to, under a nonce that is an HMAC
 * of both. So the same text under the same binding has the same token, and a client can tell a list that goes in circles.
 *
 * @since 0.1.0
 */
export * as SealedToken from "./SealedToken.js"

/**
 * One poller for any number of waits: what is due together is asked for together.
 *
 * @since 0.1.0
 */
export * as SharedPoller from "./SharedPoller.js"

/**
 * `google.rpc.Status`: the error of a failed or cancelled operation, and of a refused request.
 *
 * @since 0.1.0
 */
export * as Status from "./Status.js"

/**
 * Transformers of `Operations` that trace and measure, by OpenTelemetry's names.
 *
 * @since 0.1.0
 */
export * as Telemetry from "./Telemetry.js"

/**
 * How a wait for an operation ends without an end of the operation.
 *
 * @since 0.1.0
 */
export * as WaitError from "./WaitError.js"
