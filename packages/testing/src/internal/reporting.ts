import type * as Operation from "@effect-lro/core/Operation"
import type * as Operations from "@effect-lro/core/Operations"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Report from "../Report.js"

/**
 * What a method can be answered with.
 */
export type Answer = Operation.Operation | Operations.ListPage | void

/**
 * Keeps every exchange, with times that count from `began`.
 */
export const make = (began: number) => {
  const exchanges: Array<Report.Exchange> = []

  const around =
    (method: Report.Method, name: string) =>
    <A extends Answer, E extends { readonly _tag: string }, R>(
      request: Effect.Effect<A, E, R>
    ): Effect.Effect<A, E, R> =>
      Effect.acquireUseRelease(
        Effect.map(Clock.currentTimeMillis, (now) => {
          const at = now - began
          return { index: exchanges.push({ at, method, name, end: { _tag: "Pending" } }) - 1, at }
        }),
        () => request,
        ({ at, index }, exit) =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            exchanges[index] = { at, method, name, end: endOf(exit, now - began) }
          })
      )

  return {
    around,
    report: Effect.sync((): ReadonlyArray<Report.Exchange> => exchanges.slice()),
    requests: Effect.sync((): ReadonlyArray<Report.Request> =>
      exchanges.map(({ at, method, name }) => ({ at, method, name }))
    ),
    inFlight: Effect.sync(() => exchanges.filter(({ end }) => end._tag === "Pending").length)
  }
}

const endOf = (exit: Exit.Exit<Answer, { readonly _tag: string }>, at: number): Report.End =>
  Exit.match(exit, {
    onSuccess: (answer) => ({ _tag: "Answered", at, answer: told(answer) }),
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onNone: () => ({ _tag: "GivenUp", at }),
        onSome: (error) => ({ _tag: "Answered", at, answer: error._tag })
      })
  })

const told = (answer: Answer): string => {
  if (answer === undefined) return "OK"
  return "operations" in answer ? `Page(${answer.operations.length})` : answer._tag
}
