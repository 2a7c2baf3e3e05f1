/**
 * Orders for trouble: what a request is answered with instead of the truth.
 *
 * @since 0.1.0
 */
export * as Fault from "./Fault.js"

/**
 * How an operation behaves towards those who look at it: what they see, for how long, and what a cancel does.
 *
 * A script is data. Time in it is time since the operation was started, by Effect's `Clock`, so that a `TestClock` moves
 * it.
 *
 * @since 0.1.0
 */
export * as Script from "./Script.js"

/**
 * `Operations` that play a script, and remember what was asked of them.
 *
 * It behaves as a server does: names are validated, unknown ones are NOT_FOUND, lists have pages, waits have a limit. Time
 * is Effect's `Clock`, so a `TestClock` moves it, and there is no fiber or timer of its own.
 *
 * @since 0.1.0
 */
export * as TestOperations from "./TestOperations.js"
