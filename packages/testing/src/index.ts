/**
 * Generators for property tests: what may come from a server, and what may come from a caller.
 *
 * @since 0.1.0
 */
export * as Arbitraries from "./Arbitraries.js"

/**
 * The behaviour battery: what every provider of `Operations` does, as named cases to run against it.
 *
 * A provider's author supplies a `Subject`, which starts work that behaves as ordered, and says what the provider can
 * do; the cases that apply then run against any clock, over a socket as well as in memory. The README of this package
 * lists all of them.
 *
 * @since 0.1.0
 */
export * as Battery from "./Battery.js"

/**
 * How a case of the behaviour battery fails.
 *
 * @since 0.1.0
 */
export * as BatteryFailure from "./BatteryFailure.js"

/**
 * Orders for trouble: what a request is answered with instead of the truth.
 *
 * @since 0.1.0
 */
export * as Fault from "./Fault.js"

/**
 * Names that must never reach a URL, and unusual ones that must get there unharmed.
 *
 * @since 0.1.0
 */
export * as HostileNames from "./HostileNames.js"

/**
 * What a program did with scripted operations, and when: each request, with the end it came to.
 *
 * @since 0.1.0
 */
export * as Report from "./Report.js"

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
 * `TestOperations` as a subject of the behaviour battery: for those who test what transforms `Operations`, or write cases
 * of their own.
 *
 * @since 0.1.0
 */
export * as ScriptedSubject from "./ScriptedSubject.js"

/**
 * What a provider of `Operations` supplies to be tested by the behaviour battery: work that behaves as ordered, and
 * witnesses of what happened out of sight.
 *
 * @since 0.1.0
 */
export * as Subject from "./Subject.js"

/**
 * An `HttpClient` between a client and a server that remembers what was sent, and answers as ordered instead.
 *
 * Laid around the real one it is also what the behaviour battery needs to see of a provider that speaks HTTP.
 *
 * @since 0.1.0
 */
export * as TestHttpClient from "./TestHttpClient.js"

/**
 * `Operations` that play a script, and remember what was asked of them.
 *
 * It behaves as a server does: names are validated, unknown ones are NOT_FOUND, lists have pages, waits have a limit. Time
 * is Effect's `Clock`, so a `TestClock` moves it, and there is no fiber or timer of its own.
 *
 * @since 0.1.0
 */
export * as TestOperations from "./TestOperations.js"

/**
 * Time that passes as fast as a program can use it, so that a test of hours takes milliseconds and need not know how many
 * hours they are.
 *
 * For what happens in memory: a socket is overtaken by such a time, and its timeouts are over before it has answered.
 *
 * @since 0.1.0
 */
export * as VirtualTime from "./VirtualTime.js"
